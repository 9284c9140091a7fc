/// What near-duplicates of a picture are found by: its perceptual hash, those of its mirror image and of parts of it, and
/// a small picture to compare.
package struct PictureSignature: Sendable {
  /// What a picture, or a part of it, is recognised by at first.
  struct View: Sendable {
    let hash: PerceptualHash
    let colour: PictureColour
  }

  /// The side of the small picture.
  static let side = 64
  /// A part: nine tenths of each side, here of the small picture.
  static let part = 58
  /// Where parts begin, along each axis.
  static let places = [0, 2, 4, 6]

  /// The side of the smaller picture in colour.
  static let colourSide = 16

  let whole: View
  let mirrored: View
  /// Row by row.
  let parts: [View]
  let mirroredParts: [View]
  /// What is kept of a picture to compare it.
  let small: SmallPicture

  package init(of image: RGBImage) {
    let small = SmallPicture(of: image)
    self.small = small
    let hashes = PerceptualHash.pair(of: image)
    whole = View(hash: hashes.0, colour: small.meanColour(of: PictureWindow()))
    mirrored = View(hash: hashes.mirrored, colour: whole.colour)
    let pairs = PerceptualHash.pairs(ofParts: Self.part, at: Self.places, of: small.gray, width: Self.side)
    let colours = Self.places.flatMap { y in
      Self.places.map { x in small.meanColour(of: PictureWindow(x: Double(x), y: Double(y), side: Double(Self.part))) }
    }
    parts = pairs.indices.map { View(hash: pairs[$0].0, colour: colours[$0]) }
    // The mirror image of the first part of a row is the last part of the mirror image.
    let row = Self.places.count
    mirroredParts = pairs.indices.map { position in
      let other = position / row * row + row - 1 - position % row
      return View(hash: pairs[other].mirrored, colour: colours[other])
    }
  }
}
