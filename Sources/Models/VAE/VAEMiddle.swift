import Checkpoints
import Engine

/// The VAE's lowest level: residual block, attention over all pixels with one head, residual block.
struct VAEMiddle: Sendable {
  private let first: ResidualBlock
  private let norm: GroupNorm?
  private let attention: AttentionLayer?
  private let last: ResidualBlock

  init(_ weights: Weights, _ name: String, _ configuration: VAEConfiguration, channels: Int) throws {
    func residual(_ index: Int) throws -> ResidualBlock {
      try ResidualBlock(
        weights, "\(name).resnets.\(index)", channels, channels, timeChannels: nil, groups: configuration.groups,
        epsilon: VAEConfiguration.epsilon)
    }
    first = try residual(0)
    if configuration.hasMiddleAttention {
      norm = try GroupNorm(
        weights, "\(name).attentions.0.group_norm", channels, groups: configuration.groups,
        epsilon: VAEConfiguration.epsilon)
      attention = try AttentionLayer(weights, "\(name).attentions.0", channels, context: channels, heads: 1, bias: true)
    } else {
      norm = nil
      attention = nil
    }
    last = try residual(1)
  }

  func callAsFunction(_ x: Tensor, on compute: Compute) -> Tensor {
    var h = first(x, time: nil, on: compute)
    if let norm, let attention {
      let flat = [h.shape[0], h.shape[1] * h.shape[2], h.channels]
      let normed = norm(h, on: compute).reshaped(flat)
      h = attention(normed, context: normed, residual: h.reshaped(flat), on: compute).reshaped(h.shape)
    }
    return last(h, time: nil, on: compute)
  }
}

extension VAEConfiguration {
  /// The epsilon of all normalisations of the VAE, which its configuration does not contain.
  static let epsilon: Float = 1e-6
}
