import Checkpoints
import Engine

/// Attention with its query, key, value and output projections.
struct AttentionLayer: Sendable {
  private let query: Linear
  private let key: Linear
  private let value: Linear
  private let output: Linear
  private let heads: Int

  /// - Parameters:
  ///   - context: width of the input of the key and value projections; equal to `channels` in self-attention.
  ///   - bias: whether the query, key and value projections have a bias, as in the VAE.
  init(_ weights: Weights, _ name: String, _ channels: Int, context: Int, heads: Int, bias: Bool = false) throws {
    query = try Linear(weights, "\(name).to_q", channels, channels, bias: bias)
    key = try Linear(weights, "\(name).to_k", context, channels, bias: bias)
    value = try Linear(weights, "\(name).to_v", context, channels, bias: bias)
    output = try Linear(weights, "\(name).to_out.0", channels, channels)
    self.heads = heads
  }

  /// - Parameters:
  ///   - x: `[N, L, C]`.
  ///   - context: `[N, S, context]`.
  ///   - residual: `[N, L, C]`, added to the result.
  func callAsFunction(_ x: Tensor, context: Tensor, residual: Tensor, on compute: Compute) -> Tensor {
    mix(x, (key(context, on: compute), value(context, on: compute)), residual, on: compute)
  }

  /// The same over a context that may already have cached this layer's keys and values.
  func callAsFunction(_ x: Tensor, context: AttendedContext, residual: Tensor, on compute: Compute) -> Tensor {
    let projections = context.projections(key.matrix.matrix.storage) { states in
      (key(states, on: compute), value(states, on: compute))
    }
    return mix(x, projections, residual, on: compute)
  }

  private func mix(
    _ x: Tensor, _ context: (keys: Tensor, values: Tensor), _ residual: Tensor, on compute: Compute
  ) -> Tensor {
    output(
      compute.attention(query(x, on: compute), context.keys, context.values, heads: heads), residual: residual,
      on: compute)
  }
}
