import Admin
import Imaging
import Testing

/// Copies are found whether they were compared at the same time or one after the other.
@Suite struct DuplicateSearchTests {
  /// Smooth pictures that differ from each other.
  private static func picture(_ number: Int) -> RGBImage {
    let side = 64
    let pixels = (0..<side * side).flatMap { place -> [UInt8] in
      let (y, x) = place.quotientAndRemainder(dividingBy: side)
      let wave = (x * (number + 2) + y * (7 - number)) % 64 + (x * y * (number + 1)) % 97
      return [UInt8(wave), UInt8((wave * (number + 1)) % 200), UInt8(255 - wave)]
    }
    return RGBImage(width: side, height: side, pixels: pixels)
  }

  @Test(arguments: [1, 2, 3, 512], [1, 4]) func portionsFindTheSameCopies(portion: Int, width: Int) throws {
    // Which picture each file shows.
    let shown = [0, 1, 0, 2, 2, 3, 1, 0, 4]
    let pictures = shown.enumerated().map { number, picture in
      DuplicateSearch.Picture(name: "\(number)") { Self.picture(picture) }
    }
    let reference = DuplicateSearch.Picture(name: "training") { Self.picture(3) }
    let result = try DuplicateSearch(portion: portion).run(pictures, against: [reference], width: width) { _ in }
    #expect(result.pictures == shown.count && result.references == 1 && result.unread.isEmpty)
    #expect(
      result.pairs.map { "\($0.picture) \($0.original)\($0.isLeak ? " leak" : "")" }
        == ["2 0", "4 3", "5 training leak", "6 1", "7 0"])
    #expect(result.pairs.allSatisfy { $0.match.kind == .exact })
  }
}
