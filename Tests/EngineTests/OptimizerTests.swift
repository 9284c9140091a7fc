import Engine
import TestSupport
import Testing

/// Ten steps of each optimizer against PyTorch's: `Tests/Fixtures/engine/gradients.py`.
struct OptimizerTests {
  @Test(arguments: [
    ("adamw", Optimizer.adamW(weightDecay: 0.1)), ("sgd", .sgd(momentum: 0.9, weightDecay: 0.1)),
    ("nesterov", .sgd(momentum: 0.9, nesterov: true)),
  ]) func tenStepsAgreeWithPyTorch(name: String, optimizer: Optimizer) throws {
    let fixture = try golden("engine/gradients.safetensors")
    let gradients = try #require(fixture["optimizer.gradients"])
    let compute = try Compute(threads: 2)
    let values = (0..<23).map { -1 + 2 * Float($0) / 22 }
    let parameter = Parameter("p", [23], Tensor([23], values))
    let moments = (0..<optimizer.moments).map { _ in Tensor([23]) }
    for step in 0..<10 {
      parameter.gradient.overwrite(with: Tensor([23], Array(gradients.values[step * 23..<(step + 1) * 23])))
      compute.update(parameter, moments: moments, by: optimizer, rate: 1e-2, step: step + 1)
    }
    let expected = try #require(fixture["\(name).final"]).values
    #expect(Comparison(parameter.value.values, expected).relative < 1e-6)
  }

  @Test func theGradientNormAgreesWithPyTorch() throws {
    let fixture = try golden("engine/gradients.safetensors")
    let first = try #require(fixture["optimizer.gradients"]).values.prefix(23).map { 5 * $0 }
    let norm = try Compute(threads: 2).squaredSum(Tensor([23], first)).squareRoot()
    let expected = try #require(fixture["clip.norm"]).values[0]
    #expect(abs(Float(norm) - expected) < 1e-5 * expected)
    let clipped = first.map { $0 * Float(min(1, 1 / (norm + 1e-6))) }
    #expect(Comparison(clipped, try #require(fixture["clip.gradient"]).values).relative < 1e-6)
  }
}
