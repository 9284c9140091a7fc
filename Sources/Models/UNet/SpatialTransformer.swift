import Checkpoints
import Engine

/// Transformer layers over the pixels of an image, with input and output projections and a residual connection.
struct SpatialTransformer: Sendable {
  private let norm: GroupNorm
  private let input: PackedMatrix
  private let blocks: [TransformerBlock]
  private let output: PackedMatrix

  init(_ weights: Weights, _ name: String, _ channels: Int, heads: Int, layers: Int, _ configuration: UNetConfiguration)
    throws
  {
    norm = try GroupNorm(weights, "\(name).norm", channels, groups: configuration.groups, epsilon: 1e-6)
    // Stable Diffusion 1.x projects by 1×1 convolutions, 2.x by linear layers: the same GEMM in NHWC layout.
    func projection(_ part: String) throws -> PackedMatrix {
      let shape = [channels, channels] + (configuration.usesLinearProjection ? [] : [1, 1])
      return try weights.matrix("\(name).\(part)", shape)
    }
    input = try projection("proj_in")
    blocks = try (0..<layers).map {
      try TransformerBlock(
        weights, "\(name).transformer_blocks.\($0)", channels, context: configuration.contextWidth, heads: heads)
    }
    output = try projection("proj_out")
  }

  /// - Parameters:
  ///   - x: `[N, H, W, C]`, or fewer samples, which are repeated as in `UNet`.
  ///   - context: `[N, S, context]`.
  /// - Returns: `[N, H, W, C]`.
  func callAsFunction(_ x: Tensor, context: AttendedContext, on compute: Compute) -> Tensor {
    let flat = norm(x, on: compute).reshaped([x.shape[0], x.shape[1] * x.shape[2], x.channels])
    var h = compute.linear(flat, input)
    for block in blocks { h = block(h, context: context, on: compute) }
    let past = x.repeated(to: h.shape[0])
    return compute.linear(h, output, residual: past).reshaped(past.shape)
  }
}
