package import Checkpoints
package import Engine

/// Group normalisation: `weight [C]`, `bias [C]`.
package struct GroupNorm: Sendable {
  let groups: Int
  let epsilon: Float
  let gain: Tensor
  let bias: Tensor

  package init(_ weights: Weights, _ name: String, _ channels: Int, groups: Int, epsilon: Float) throws {
    self.groups = groups
    self.epsilon = epsilon
    gain = try weights.tensor("\(name).weight", [channels])
    bias = try weights.tensor("\(name).bias", [channels])
  }

  package func callAsFunction(_ x: Tensor, silu: Bool = false, on compute: Compute) -> Tensor {
    compute.groupNorm(x, groups: groups, gain: gain, bias: bias, epsilon: epsilon, silu: silu)
  }
}
