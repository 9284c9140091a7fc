import Foundation

/// A 64-bit hash of what a picture shows: copies that were resized or compressed again differ in few bits.
///
/// The definition is that of `imagehash.phash` (`hash_size=8`, `highfreq_factor=4`): BT.601 luma in 8 bits, resized to
/// 32×32 with the Lanczos filter, the type-II DCT over both axes, the 8×8 lowest frequencies, each compared with their
/// median. The DCT's cosines are fixed-point numbers with 20 fractional bits, so the sums are exact: the bits depend on no
/// machine, and frequencies that a picture lacks are exactly 0, where floating point leaves noise that decides the bit.
package struct PerceptualHash: Sendable, Hashable, CustomStringConvertible {
  /// One bit for each frequency, the vertical ones outside, the lowest in the highest bit.
  package let bits: UInt64

  package init(bits: UInt64) { self.bits = bits }

  package init(of image: RGBImage) { self.init(Self.lowFrequencies(of: image)) }

  /// The hashes of a picture and of its mirror image, whose odd horizontal frequencies have the other sign.
  static func pair(of image: RGBImage) -> (PerceptualHash, mirrored: PerceptualHash) {
    pair(of: lowFrequencies(of: image))
  }

  private init(_ frequencies: [Int]) {
    let sorted = frequencies.sorted()
    let middle = sorted.count / 2
    let twiceTheMedian = sorted[middle - 1] + sorted[middle]
    bits = frequencies.reduce(0) { $0 << 1 | (2 * $1 > twiceTheMedian ? 1 : 0) }
  }

  /// The hashes of square parts of a gray picture and of their mirror images, row by row: a part for each place along
  /// both axes.
  ///
  /// - Parameter gray: `[height, width]`, equal to the luma of the picture.
  static func pairs(
    ofParts part: Int, at places: [Int], of gray: [UInt8], width: Int
  ) -> [(PerceptualHash, mirrored: PerceptualHash)] {
    let taps = ResizeTaps(from: part, to: side, .lanczos)
    let height = gray.count / width
    // Rows of one place have the same columns, so that they are resized once for all places of rows.
    let columns = places.map { x in
      let cut = (0..<height).flatMap { gray[$0 * width + x..<$0 * width + x + part] }
      return taps.resampled(cut, from: part, width: side, height: height, channels: 1, alongRows: true)
    }
    return places.flatMap { y in
      columns.map { column in
        let rows = Array(column[y * side..<(y + part) * side])
        return pair(
          of: lowFrequencies(
            of: taps.resampled(rows, from: side, width: side, height: side, channels: 1, alongRows: false)))
      }
    }
  }

  private static func pair(of frequencies: [Int]) -> (PerceptualHash, mirrored: PerceptualHash) {
    let mirrored = frequencies.indices.map { $0 % 2 == 0 ? frequencies[$0] : -frequencies[$0] }
    return (PerceptualHash(frequencies), PerceptualHash(mirrored))
  }

  private static func lowFrequencies(of image: RGBImage) -> [Int] {
    let side = Self.side
    let across = ResizeTaps(from: image.width, to: side, .lanczos)
    let down = ResizeTaps(from: image.height, to: side, .lanczos)
    var luma = image.luma
    if image.width != side {
      luma = across.resampled(luma, from: image.width, width: side, height: image.height, channels: 1, alongRows: true)
    }
    if image.height != side {
      luma = down.resampled(luma, from: side, width: side, height: side, channels: 1, alongRows: false)
    }
    return lowFrequencies(of: luma)
  }

  /// The bits in which two hashes differ, 0 to 64.
  package func distance(to other: PerceptualHash) -> Int { (bits ^ other.bits).nonzeroBitCount }

  /// 16 hexadecimal digits, as `imagehash` prints them.
  package var description: String {
    let digits = String(bits, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// Pixels of a side of the picture that is transformed.
  private static let side = 32
  /// Frequencies of each axis.
  private static let count = 8

  /// `cos(π · (2x + 1) · u / 64)` at `u * side + x`, with 20 fractional bits: a sum over 8-bit pixels of both axes stays
  /// below 2⁵⁹.
  private static let cosines: [Int] = (0..<count).flatMap { frequency in
    (0..<side).map { position in
      let turn = Double((2 * position + 1) * frequency) / Double(2 * side)
      return Int((cos(.pi * turn) * Double(1 << 20)).rounded())
    }
  }

  /// `[count, count]`, vertical frequencies outside.
  private static func lowFrequencies(of luma: [UInt8]) -> [Int] {
    var rows = [Int](repeating: 0, count: side * count)
    for y in 0..<side {
      for u in 0..<count {
        rows[y * count + u] = (0..<side).reduce(0) { $0 + cosines[u * side + $1] * Int(luma[y * side + $1]) }
      }
    }
    return (0..<count * count).map { index in
      let (v, u) = index.quotientAndRemainder(dividingBy: count)
      return (0..<side).reduce(0) { $0 + cosines[v * side + $1] * rows[$1 * count + u] }
    }
  }
}
