package import Checkpoints
package import Engine

/// A 2-D convolution: `weight [outputs, inputs, k, k]`, `bias [outputs]`.
package struct Conv2D: Sendable {
  let matrix: PackedMatrix
  let shape: ConvolutionShape

  package init(
    _ weights: Weights, _ name: String, _ inputs: Int, _ outputs: Int, _ shape: ConvolutionShape = .init(kernel: 3)
  ) throws {
    self.shape = shape
    matrix = PackedMatrix(
      convolution: try weights.tensor("\(name).weight", [outputs, inputs, shape.height, shape.width]),
      bias: try weights.tensor("\(name).bias", [outputs]))
  }

  /// A convolution without bias whose batch normalisation (running statistics) is folded into its weights.
  package init(
    _ weights: Weights, _ name: String, normalisedBy norm: String, _ inputs: Int, _ outputs: Int,
    _ shape: ConvolutionShape
  ) throws {
    self.shape = shape
    let kernel = try weights.tensor("\(name).weight", [outputs, inputs, shape.height, shape.width]).values
    let gain = try weights.tensor("\(norm).weight", [outputs]).values
    let bias = try weights.tensor("\(norm).bias", [outputs]).values
    let mean = try weights.tensor("\(norm).running_mean", [outputs]).values
    let variance = try weights.tensor("\(norm).running_var", [outputs]).values
    let scale = zip(gain, variance).map { $0 / ($1 + 1e-5).squareRoot() }
    let fan = inputs * shape.height * shape.width
    matrix = PackedMatrix(
      convolution: Tensor(
        [outputs, inputs, shape.height, shape.width], kernel.indices.map { kernel[$0] * scale[$0 / fan] }),
      bias: Tensor([outputs], (0..<outputs).map { bias[$0] - mean[$0] * scale[$0] }))
  }

  /// `[N, H, W, inputs]` → `[N, H', W', outputs]`.
  package func callAsFunction(_ x: Tensor, residual: Tensor? = nil, on compute: Compute) -> Tensor {
    compute.convolution(x, matrix, shape, residual: residual)
  }
}
