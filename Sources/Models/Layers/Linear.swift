package import Checkpoints
package import Engine

/// A fully connected layer: `weight [outputs, inputs]`, `bias [outputs]`.
package struct Linear: Sendable {
  package let matrix: PackedMatrix

  package init(_ weights: Weights, _ name: String, _ inputs: Int, _ outputs: Int, bias: Bool = true) throws {
    matrix = try weights.matrix(name, [outputs, inputs], bias: bias)
  }

  /// `[N, …, inputs]` → `[N, …, outputs]`.
  package func callAsFunction(_ x: Tensor, residual: Tensor? = nil, on compute: Compute) -> Tensor {
    compute.linear(x, matrix, residual: residual)
  }
}
