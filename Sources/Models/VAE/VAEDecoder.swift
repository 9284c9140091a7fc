package import Checkpoints
package import Engine

/// Decodes latents to pixels: the decoder of diffusers' `AutoencoderKL`.
package struct VAEDecoder: Sendable {
  private struct Level: Sendable {
    let blocks: [ResidualBlock]
    let double: Conv2D?
  }

  package let configuration: VAEConfiguration
  private let postQuant: Conv2D?
  private let input: Conv2D
  private let middle: VAEMiddle
  private let levels: [Level]
  private let norm: GroupNorm
  private let output: Conv2D

  package init(_ weights: Weights, _ configuration: VAEConfiguration) throws {
    self.configuration = configuration
    let latents = configuration.latentChannels
    let upward = Array(configuration.channels.reversed())
    postQuant =
      configuration.usesPostQuantConvolution
      ? try Conv2D(weights, "post_quant_conv", latents, latents, .init(kernel: 1)) : nil
    input = try Conv2D(weights, "decoder.conv_in", latents, upward[0])
    middle = try VAEMiddle(weights, "decoder.mid_block", configuration, channels: upward[0])
    levels = try upward.indices.map { level in
      let name = "decoder.up_blocks.\(level)"
      return Level(
        blocks: try (0...configuration.layersPerBlock).map { block in
          try ResidualBlock(
            weights, "\(name).resnets.\(block)", block == 0 && level > 0 ? upward[level - 1] : upward[level],
            upward[level], timeChannels: nil, groups: configuration.groups, epsilon: VAEConfiguration.epsilon)
        },
        double: level == upward.count - 1
          ? nil : try Conv2D(weights, "\(name).upsamplers.0.conv", upward[level], upward[level]))
    }
    norm = try GroupNorm(
      weights, "decoder.conv_norm_out", configuration.channels[0], groups: configuration.groups,
      epsilon: VAEConfiguration.epsilon)
    output = try Conv2D(weights, "decoder.conv_out", configuration.channels[0], configuration.imageChannels)
  }

  /// - Parameters:
  ///   - latents: `[N, h, w, C]`, already divided by the scaling factor.
  ///   - onLevel: called after each level; throwing stops the decoder.
  /// - Returns: `[N, H, W, 3]`, approximately within −1 … 1.
  package func callAsFunction(_ latents: Tensor, on compute: Compute, onLevel: () throws -> Void = {}) throws -> Tensor
  {
    var h = postQuant?(latents, on: compute) ?? latents
    h = middle(input(h, on: compute), on: compute)
    try onLevel()
    for level in levels {
      for block in level.blocks {
        h = compute.block([h]) { [h] compute in block(h, time: nil, on: compute) }
      }
      if let double = level.double {
        h = double(compute.upsampleNearest(h, height: 2 * h.shape[1], width: 2 * h.shape[2]), on: compute)
      }
      try onLevel()
    }
    return output(norm(h, silu: true, on: compute), on: compute)
  }
}
