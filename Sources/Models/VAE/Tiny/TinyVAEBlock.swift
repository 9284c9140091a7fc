import Checkpoints
import Engine

/// A residual block of `AutoencoderTiny`: three 3×3 convolutions with activations in between, the shortcut, and ReLU.
struct TinyVAEBlock: Sendable {
  private let first: Conv2D
  private let second: Conv2D
  private let third: Conv2D
  private let activation: Activation

  init(_ weights: Weights, _ name: String, channels: Int, activation: Activation) throws {
    func layer(_ index: Int) throws -> Conv2D { try Conv2D(weights, "\(name).conv.\(index)", channels, channels) }
    (first, second, third) = (try layer(0), try layer(2), try layer(4))
    self.activation = activation
  }

  /// `[N, H, W, channels]` → the same shape.
  func callAsFunction(_ x: Tensor, on compute: Compute) -> Tensor {
    var h = first(x, activation: activation, on: compute)
    h = second(h, activation: activation, on: compute)
    return third(h, residual: x, activation: .relu, on: compute)
  }
}
