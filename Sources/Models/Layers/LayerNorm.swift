package import Checkpoints
package import Engine

/// Layer normalisation: `weight [C]`, `bias [C]`.
package struct LayerNorm: Sendable {
  let epsilon: Float
  let gain: Tensor
  let bias: Tensor

  package init(_ weights: Weights, _ name: String, _ channels: Int, epsilon: Float = 1e-5) throws {
    self.epsilon = epsilon
    gain = try weights.tensor("\(name).weight", [channels])
    bias = try weights.tensor("\(name).bias", [channels])
  }

  package func callAsFunction(_ x: Tensor, on compute: Compute) -> Tensor {
    compute.layerNorm(x, gain: gain, bias: bias, epsilon: epsilon)
  }
}
