package import Checkpoints
package import Engine

/// A 2-D convolution: `weight [outputs, inputs, k, k]`, `bias [outputs]` unless it has none.
package struct Conv2D: Sendable {
  let matrix: PackedMatrix
  let shape: ConvolutionShape

  package init(
    _ weights: Weights, _ name: String, _ inputs: Int, _ outputs: Int, _ shape: ConvolutionShape = .init(kernel: 3),
    bias: Bool = true
  ) throws {
    self.shape = shape
    matrix = try weights.matrix(name, [outputs, inputs, shape.height, shape.width], bias: bias)
  }

  /// `[N, H, W, inputs]` → `[N, H', W', outputs]`.
  package func callAsFunction(
    _ x: Tensor, residual: Tensor? = nil, activation: Activation? = nil, on compute: Compute
  ) -> Tensor {
    compute.convolution(x, matrix, shape, residual: residual, activation: activation)
  }
}
