import Checkpoints
import Engine

/// One layer of the U-Net's spatial transformer: self-attention, cross-attention, gated feed-forward.
struct TransformerBlock: Sendable {
  private let norm1: LayerNorm
  private let selfAttention: AttentionLayer
  private let norm2: LayerNorm
  private let crossAttention: AttentionLayer
  private let norm3: LayerNorm
  private let expand: Linear
  private let contract: Linear

  init(_ weights: Weights, _ name: String, _ channels: Int, context: Int, heads: Int) throws {
    norm1 = try LayerNorm(weights, "\(name).norm1", channels)
    selfAttention = try AttentionLayer(weights, "\(name).attn1", channels, context: channels, heads: heads)
    norm2 = try LayerNorm(weights, "\(name).norm2", channels)
    crossAttention = try AttentionLayer(weights, "\(name).attn2", channels, context: context, heads: heads)
    norm3 = try LayerNorm(weights, "\(name).norm3", channels)
    expand = try Linear(weights, "\(name).ff.net.0.proj", channels, 8 * channels)
    contract = try Linear(weights, "\(name).ff.net.2", 4 * channels, channels)
  }

  /// - Parameters:
  ///   - x: `[N, L, C]`, or fewer samples, which are repeated as in `UNet`.
  ///   - context: `[N, S, context]`.
  /// - Returns: `[N, L, C]`.
  func callAsFunction(_ x: Tensor, context: AttendedContext, on compute: Compute) -> Tensor {
    let own = norm1(x, on: compute)
    var h = selfAttention(own, context: own, residual: x, on: compute).repeated(to: context.states.shape[0])
    h = crossAttention(norm2(h, on: compute), context: context, residual: h, on: compute)
    return compute.gatedFeedForward(
      norm3(h, on: compute), expand: expand.matrix, contract: contract.matrix, residual: h)
  }
}
