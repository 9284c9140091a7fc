import Engine
import TestSupport
import Testing

/// Average pooling and its gradient against PyTorch's `avg_pool2d`: `Tests/Fixtures/metrics/make_statistics.py`.
struct AveragePoolTests {
  @Test(arguments: [("with", 2, true), ("without", 1, false)])
  func averagesIncludeOrExcludeThePadding(name: String, stride: Int, includesPadding: Bool) throws {
    let fixture = try golden("metrics/statistics.safetensors")
    func tensor(_ name: String) throws -> Tensor {
      let found = try #require(fixture[name])
      return Tensor(found.shape, found.values).channelsLast
    }
    let compute = try Compute(threads: 2)
    let tape = Tape()
    let x = try tensor("pool.x")
    tape.watch(x)
    let recorded = compute.recording(on: tape)
    let y = recorded.averagePool(x, size: 3, stride: stride, padding: 1, includingPadding: includesPadding)
    #expect(Comparison(y.values, try tensor("pool.\(name)").values).maximum < 1e-6)
    tape.backward(y, from: try tensor("pool.\(name).slope"), on: compute)
    let gradient = try #require(tape.gradient(x))
    #expect(Comparison(gradient.values, try tensor("pool.\(name).gradient").values).maximum < 1e-5)
  }
}
