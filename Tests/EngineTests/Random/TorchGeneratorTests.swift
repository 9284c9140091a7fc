import Engine
import TestSupport
import Testing

struct TorchGeneratorTests {
  @Test func givesTheBitsOfPyTorchForEverySeedAndCount() throws {
    let draws = try golden("reference/randn.safetensors")
    #expect(draws.count == 24)
    for (name, expected) in draws {
      let parts = name.split(separator: ".")
      var generator = TorchGenerator(seed: try #require(UInt64(parts[1])))
      let values = generator.normal(try #require(Int(parts[2])))
      #expect(values.map(\.bitPattern) == expected.values.map(\.bitPattern), "\(name)")
    }
  }

  @Test func continuesFromDrawToDraw() throws {
    let draws = try golden("random/continued.safetensors")
    var generator = TorchGenerator(seed: (1 << 63) - 1 - 4096)
    for index in 0..<draws.count {
      let expected = try #require(draws["draw.\(index)"]).values
      #expect(generator.normal(expected.count).map(\.bitPattern) == expected.map(\.bitPattern), "draw \(index)")
    }
  }

  @Test func usesTheLow32BitsOfTheSeed() {
    var low = TorchGenerator(seed: 7)
    var high = TorchGenerator(seed: 7 + (5 << 32))
    #expect(low.normal(20) == high.normal(20))
  }

  @Test func drawsNothingForACountOfZero() {
    var generator = TorchGenerator(seed: 0)
    #expect(generator.normal(0).isEmpty)
  }
}
