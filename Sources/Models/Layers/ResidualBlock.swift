import Checkpoints
import Engine

/// The residual block of the diffusers U-Net and VAE: norm, SiLU, convolution, (time embedding,) norm, SiLU,
/// convolution, and a 1×1 convolution on the shortcut if the number of channels changes.
struct ResidualBlock: Sendable {
  private let norm1: GroupNorm
  private let conv1: Conv2D
  private let timeProjection: Linear?
  private let norm2: GroupNorm
  private let conv2: Conv2D
  private let shortcut: Conv2D?

  /// - Parameter timeChannels: width of the time embedding; nil in the VAE, which has none.
  init(
    _ weights: Weights, _ name: String, _ inputs: Int, _ outputs: Int, timeChannels: Int?, groups: Int, epsilon: Float
  ) throws {
    norm1 = try GroupNorm(weights, "\(name).norm1", inputs, groups: groups, epsilon: epsilon)
    conv1 = try Conv2D(weights, "\(name).conv1", inputs, outputs)
    timeProjection = try timeChannels.map { try Linear(weights, "\(name).time_emb_proj", $0, outputs) }
    norm2 = try GroupNorm(weights, "\(name).norm2", outputs, groups: groups, epsilon: epsilon)
    conv2 = try Conv2D(weights, "\(name).conv2", outputs, outputs)
    shortcut =
      inputs == outputs ? nil : try Conv2D(weights, "\(name).conv_shortcut", inputs, outputs, .init(kernel: 1))
  }

  /// - Parameters:
  ///   - x: `[N, H, W, inputs]`.
  ///   - time: `[N, timeChannels]`, after SiLU; may have more samples than `x`, because later blocks use them.
  /// - Returns: `[N, H, W, outputs]`.
  func callAsFunction(_ x: Tensor, time: Tensor?, on compute: Compute) -> Tensor {
    var h = conv1(norm1(x, silu: true, on: compute), on: compute)
    if let timeProjection, let time {
      let own = time.shape[0] == x.shape[0] ? time : time.slice(0..<x.shape[0])
      h = compute.addPerSample(h, timeProjection(own, on: compute))
    }
    let past = shortcut?(x, on: compute) ?? x
    return conv2(norm2(h, silu: true, on: compute), residual: past, on: compute)
  }
}
