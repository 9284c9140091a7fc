import Foundation
import Imaging
import TestSupport
import Testing

/// Hashes of Python's `imagehash.phash`, from `Tests/Fixtures/imaging/make_hashes.py`.
struct PerceptualHashTests {
  private func part(of image: RGBImage, _ edges: [Int]) -> RGBImage {
    var part = RGBImage(
      width: edges[2] - edges[0], height: edges[3] - edges[1], filledWith: RGBColor(0, 0, 0))
    part.paste(image, x: -edges[0], y: -edges[1])
    return part
  }

  private var waves: RGBImage {
    var pixels: [UInt8] = []
    for y in 0..<211 {
      for x in 0..<317 {
        let values = [x * x / 97 + y, (x + 3) * y / 61, (x - 150) * (x - 150) / 83 + y * y / 59]
        pixels += values.map { UInt8($0 % 256) }
      }
    }
    return RGBImage(width: 317, height: 211, pixels: pixels)
  }

  @Test func everyHashIsThatOfImagehash() throws {
    let table = try String(contentsOfFile: SourceTree.fixture("imaging/perceptual-hashes.txt"), encoding: .utf8)
    let rows = table.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    #expect(rows.count == 24)
    for row in rows {
      let image = row[0] == "waves" ? waves : try ImageFile.read(SourceTree.fixture(row[0]))
      let edges = row[1].split(separator: ",").compactMap { Int($0) }
      #expect(PerceptualHash(of: part(of: image, edges)).description == row[2], "\(row)")
    }
  }

  @Test func aCompressedCopyIsNearAndAnotherPictureIsFar() throws {
    let image = waves
    let original = PerceptualHash(of: image)
    let jpeg = try JPEG.decode(JPEG.encode(image, quality: 75, chroma: .quarter), named: "waves.jpg")
    #expect(PerceptualHash(of: jpeg).distance(to: original) <= 4)
    #expect(PerceptualHash(of: image.resized(width: 100, height: 70)).distance(to: original) <= 4)
    let other = try ImageFile.read(SourceTree.fixture("pictures/source.png"))
    #expect(PerceptualHash(of: other).distance(to: original) >= 16)
  }

  @Test func aPictureOfOneColourHasOneHash() {
    // Only the constant frequency is above the median, which is 0.
    for (level, size) in [(200 as UInt8, 64), (7, 33), (255, 512)] {
      let color = RGBColor(level, 30, 90)
      let image = RGBImage(width: size, height: size, filledWith: color)
      #expect(PerceptualHash(of: image).description == "8000000000000000")
    }
  }
}
