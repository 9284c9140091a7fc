import Imaging
import Provenance
import Testing

struct ReplayComparisonTests {
  private func file(_ image: RGBImage = Samples.image, engine: String = "a", version: String = "0.1.0") throws
    -> [UInt8]
  {
    try PNGProvenance.encode(image, Samples.record(of: image, engineKind: engine, version: version))
  }

  private func compare(_ first: [UInt8], _ second: [UInt8]) throws -> ReplayComparison {
    try ReplayComparison(original: first, replay: second, named: "x.png")
  }

  @Test func sameFilesAreIdentical() throws {
    let comparison = try compare(file(), file())
    #expect(comparison.outcome == .sameBytes)
    #expect(!comparison.isBreach)
    #expect(comparison.description == "identical: the same bytes")
  }

  @Test func anotherEngineKindWithTheSamePixelsIsNamed() throws {
    let comparison = try compare(file(), file(engine: "b"))
    #expect(comparison.outcome == .samePixels)
    #expect(!comparison.isBreach)
    #expect(comparison.description.hasSuffix("\nmade by engine kind a, replayed by b"))
  }

  @Test func differingPixelsAreCountedAndMeasured() throws {
    var changed = Samples.image
    changed.pixels[0] = 10
    changed.pixels[2] += 2
    changed.pixels[30] += 5
    let comparison = try compare(file(), file(changed))
    #expect(comparison.outcome == .differentPixels(count: 2, maximum: 10, mean: 17.0 / 384))
    #expect(comparison.isBreach)
    #expect(comparison.description == "2 of 128 pixels differ, at most by 10 of 255, on average by 0.0443")
    #expect(try !compare(file(), file(changed, engine: "b")).isBreach)
    #expect(try !compare(file(), file(changed, version: "0.2.0")).isBreach)
  }

  @Test func differentSizesAreNotCompared() throws {
    let other = RGBImage(width: 8, height: 16, pixels: Samples.image.pixels)
    #expect(try compare(file(), file(other)).outcome == .differentSize)
  }
}
