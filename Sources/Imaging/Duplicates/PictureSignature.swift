/// What near-duplicates of a picture are found by: its perceptual hash, those of its mirror image and of parts of it, and
/// a small picture to compare.
package struct PictureSignature: Sendable {
  /// The side of the small picture.
  static let side = 64
  /// A part: nine tenths of each side, here of the small picture.
  static let part = 58
  /// Where parts begin, along each axis.
  static let places = [0, 2, 4, 6]

  /// The side of the smaller picture in colour.
  static let colourSide = 16

  package let hash: PerceptualHash
  let mirrored: PerceptualHash
  /// The parts' hashes, row by row.
  let parts: [PerceptualHash]
  let mirroredParts: [PerceptualHash]
  /// What is kept of a picture to compare it.
  let small: SmallPicture

  package init(of image: RGBImage) {
    small = SmallPicture(of: image)
    (hash, mirrored) = PerceptualHash.pair(of: image)
    let pairs = Self.parts(of: small.gray)
    parts = pairs.map(\.0)
    // The mirror image of the first part of a row is the last part of the mirror image.
    let row = Self.places.count
    mirroredParts = pairs.indices.map { pairs[$0 / row * row + row - 1 - $0 % row].mirrored }
  }

  private static func parts(of gray: [UInt8]) -> [(PerceptualHash, mirrored: PerceptualHash)] {
    places.flatMap { y in
      places.map { x in
        var pixels: [UInt8] = []
        pixels.reserveCapacity(3 * part * part)
        for row in y..<y + part {
          for column in x..<x + part {
            let level = gray[row * side + column]
            pixels.append(level)
            pixels.append(level)
            pixels.append(level)
          }
        }
        return PerceptualHash.pair(of: RGBImage(width: part, height: part, pixels: pixels))
      }
    }
  }
}
