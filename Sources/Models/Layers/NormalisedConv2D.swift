import Checkpoints
import Engine

/// A convolution without bias, followed by batch normalisation.
///
/// For inference, the running statistics are folded into the convolution. If the weights are collected for training,
/// the two layers stay separate.
struct NormalisedConv2D: Sendable {
  private struct Norm: Sendable {
    let gain: Tensor
    let bias: Tensor
    let mean: Tensor
    let variance: Tensor
  }

  private let matrix: PackedMatrix
  private let norm: Norm?
  private let shape: ConvolutionShape
  private let epsilon: Float

  init(
    _ weights: Weights, _ name: String, normalisedBy norm: String, _ inputs: Int, _ outputs: Int,
    _ shape: ConvolutionShape, epsilon: Float = 1e-5
  ) throws {
    self.shape = shape
    self.epsilon = epsilon
    let size = [outputs, inputs, shape.height, shape.width]
    func own() throws -> Norm {
      Norm(
        gain: try weights.tensor("\(norm).weight", [outputs]), bias: try weights.tensor("\(norm).bias", [outputs]),
        mean: try weights.tensor("\(norm).running_mean", [outputs]),
        variance: try weights.tensor("\(norm).running_var", [outputs]))
    }
    if weights.parameters != nil {
      matrix = try weights.matrix(name, size, bias: false)
      self.norm = try own()
      return
    }
    let kernel = try weights.tensor("\(name).weight", size).values
    let norm = try own()
    let scale = zip(norm.gain.values, norm.variance.values).map { $0 / ($1 + epsilon).squareRoot() }
    let shift = zip(norm.bias.values, zip(norm.mean.values, scale)).map { $0 - $1.0 * $1.1 }
    let fan = inputs * shape.height * shape.width
    matrix = PackedMatrix(
      convolution: Tensor(size, kernel.indices.map { kernel[$0] * scale[$0 / fan] }), bias: Tensor([outputs], shift),
      isFixed: true)
    self.norm = nil
  }

  /// `[N, H, W, inputs]` → `[N, H', W', outputs]`.
  func callAsFunction(_ x: Tensor, residual: Tensor? = nil, on compute: Compute) -> Tensor {
    guard let norm else { return compute.convolution(x, matrix, shape, residual: residual) }
    let y = compute.batchNorm(
      compute.convolution(x, matrix, shape), gain: norm.gain, bias: norm.bias, mean: norm.mean,
      variance: norm.variance, epsilon: epsilon)
    return residual.map { compute.add(y, $0) } ?? y
  }
}
