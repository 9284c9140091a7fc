import Checkpoints
import Engine

/// A pre-norm transformer layer of CLIP's towers.
struct CLIPLayer: Sendable {
  private let norm1: LayerNorm
  private let query: Linear
  private let key: Linear
  private let value: Linear
  private let output: Linear
  private let norm2: LayerNorm
  private let expand: Linear
  private let contract: Linear
  private let configuration: CLIPTowerConfiguration

  init(_ weights: Weights, _ name: String, _ configuration: CLIPTowerConfiguration) throws {
    let width = configuration.width
    self.configuration = configuration
    norm1 = try LayerNorm(weights, "\(name).layer_norm1", width, epsilon: configuration.epsilon)
    query = try Linear(weights, "\(name).self_attn.q_proj", width, width)
    key = try Linear(weights, "\(name).self_attn.k_proj", width, width)
    value = try Linear(weights, "\(name).self_attn.v_proj", width, width)
    output = try Linear(weights, "\(name).self_attn.out_proj", width, width)
    norm2 = try LayerNorm(weights, "\(name).layer_norm2", width, epsilon: configuration.epsilon)
    expand = try Linear(weights, "\(name).mlp.fc1", width, configuration.inner)
    contract = try Linear(weights, "\(name).mlp.fc2", configuration.inner, width)
  }

  /// `[N, L, width]` → `[N, L, width]`.
  func callAsFunction(_ x: Tensor, causal: Bool, on compute: Compute) -> Tensor {
    let own = norm1(x, on: compute)
    let mixed = compute.attention(
      query(own, on: compute), key(own, on: compute), value(own, on: compute), heads: configuration.heads,
      causal: causal)
    let h = output(mixed, residual: x, on: compute)
    let wide = compute.activation(expand(norm2(h, on: compute), on: compute), configuration.activation)
    return contract(wide, residual: h, on: compute)
  }
}
