import Engine
import Testing

struct TensorElementsTests {
  @Test(arguments: [Float.infinity, -.infinity, .nan, .signalingNaN])
  func aSingleValueMakesATensorNonFinite(value: Float) {
    for count in [1, 15, 16, 17, 40] {
      let cycle: [Float] = [.greatestFiniteMagnitude, -Float.leastNonzeroMagnitude, -0.0, 3]
      let good = (0..<count).map { cycle[$0 % 4] }
      #expect(Tensor([count], good).isFinite)
      for place in 0..<count {
        var bad = good
        bad[place] = value
        let tensor = Tensor([count, 1], bad)
        #expect(!tensor.isFinite)
        #expect(tensor.firstNonFiniteSample == place)
      }
    }
    #expect(Tensor([0, 3]).isFinite)
    #expect(Tensor([2, 8]).firstNonFiniteSample == nil)
  }

  @Test func linearCombinationsAreRoundedAfterEachProductAndEachSum() {
    let (a, b) = (Tensor([3], [1.1, -2.3, 1e-30]), Tensor([3], [0.7, 1e8, 3]))
    let sum = Tensor.linearCombination([(0.3, a), (-1.7, b), (0.1, a)])
    let expected = (0..<3).map { index -> Float in
      var value = Float(0.3) * a.values[index]
      value += Float(-1.7) * b.values[index]
      value += Float(0.1) * a.values[index]
      return value
    }
    #expect(sum.values == expected)
  }

  @Test func elementWiseOperationsPreserveTheOrder() {
    let tensor = Tensor([4, 1, 2], [0, 1, 2, 3, 10, 20, 30, 40])
    let folded = tensor.foldedInHalf { $1 - $0 }
    #expect(folded.shape == [2, 1, 2] && folded.values == [10, 19, 28, 37])
    #expect(tensor.map { 2 * $0 }.values == [0, 2, 4, 6, 20, 40, 60, 80])
    #expect(tensor.zipped(with: tensor) { $0 - $1 / 2 }.values == [0, 0.5, 1, 1.5, 5, 10, 15, 20])
    let filled = Tensor([2, 3]) { values in for index in values.indices { values[index] = Float(index) } }
    #expect(filled.shape == [2, 3] && filled.values == [0, 1, 2, 3, 4, 5])
  }

  @Test func inPlaceChangesAreVisibleThroughAllCopies() {
    let (weights, average) = (Tensor([2], [1, 2]), Tensor([2], [3, 4]))
    let held = weights
    weights.exchangeValues(with: average)
    #expect(held.values == [3, 4] && average.values == [1, 2])
    weights.overwrite(with: Tensor([2], [5, 6]))
    #expect(held.values == [5, 6])
  }

  @Test func batchesAreDividedForSmallNetworksOnly() throws {
    let compute = try Compute(threads: 2)
    let (small, large) = (Batching(channels: [32, 64]), Batching(channels: [320, 640, 1280]))
    #expect(small.parts(of: 5, on: compute).map(\.samples) == [0..<2, 2..<5])
    #expect(small.parts(of: 1, on: compute).map(\.samples) == [0..<1])
    #expect(large.parts(of: 8, on: compute).map(\.samples) == [0..<8])
    #expect(large.sparingMemory(compute).savesMemory && !small.sparingMemory(compute).savesMemory)
    #expect([1, 256, 1024, 4096, 9000].map { small.samples(ofPixels: $0) } == [8, 8, 4, 1, 1])
  }
}
