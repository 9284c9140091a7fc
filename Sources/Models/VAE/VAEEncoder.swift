package import Checkpoints
package import Engine

/// Encodes pixels to latents: the encoder of diffusers' `AutoencoderKL`.
package struct VAEEncoder: Sendable {
  private struct Level: Sendable {
    let blocks: [ResidualBlock]
    let halve: Conv2D?
  }

  package let configuration: VAEConfiguration
  private let input: Conv2D
  private let levels: [Level]
  private let middle: VAEMiddle
  private let norm: GroupNorm
  private let output: Conv2D
  private let quant: Conv2D?

  package init(_ weights: Weights, _ configuration: VAEConfiguration) throws {
    self.configuration = configuration
    let channels = configuration.channels
    let deepest = channels[channels.count - 1]
    let moments = 2 * configuration.latentChannels
    input = try Conv2D(weights, "encoder.conv_in", configuration.imageChannels, channels[0])
    levels = try channels.indices.map { level in
      let name = "encoder.down_blocks.\(level)"
      return Level(
        blocks: try (0..<configuration.layersPerBlock).map { block in
          try ResidualBlock(
            weights, "\(name).resnets.\(block)", block == 0 && level > 0 ? channels[level - 1] : channels[level],
            channels[level], timeChannels: nil, groups: configuration.groups, epsilon: VAEConfiguration.epsilon)
        },
        halve: level == channels.count - 1
          ? nil : try Conv2D(weights, "\(name).downsamplers.0.conv", channels[level], channels[level], .downsampling))
    }
    middle = try VAEMiddle(weights, "encoder.mid_block", configuration, channels: deepest)
    norm = try GroupNorm(
      weights, "encoder.conv_norm_out", deepest, groups: configuration.groups, epsilon: VAEConfiguration.epsilon)
    output = try Conv2D(weights, "encoder.conv_out", deepest, moments)
    quant =
      configuration.usesQuantConvolution
      ? try Conv2D(weights, "quant_conv", moments, moments, .init(kernel: 1)) : nil
  }

  /// - Parameters:
  ///   - pixels: `[N, H, W, 3]` in −1 … 1; H and W are multiples of the VAE's factor.
  ///   - onLevel: called after each level; throwing stops the encoder.
  /// - Returns: the posterior's mean and the logarithm of its variance (clamped to −30 … 20), concatenated along the
  ///   last axis: `[N, h, w, 2C]`, before multiplication by the scaling factor.
  package func callAsFunction(
    _ pixels: Tensor, on compute: Compute, onLevel: () throws -> Void
  ) rethrows -> Tensor {
    let moments = try moments(pixels, on: compute, onLevel: onLevel)
    let latents = configuration.latentChannels
    return Tensor(
      moments.shape,
      moments.values.enumerated().map { index, value in
        index % (2 * latents) < latents ? value : min(max(value, -30), 20)
      })
  }

  package func callAsFunction(_ pixels: Tensor, on compute: Compute) -> Tensor {
    self(pixels, on: compute, onLevel: {})
  }

  /// The same without the clamp, which has no gradient: for training.
  package func moments(_ pixels: Tensor, on compute: Compute) -> Tensor { moments(pixels, on: compute, onLevel: {}) }

  private func moments(
    _ pixels: Tensor, on compute: Compute, onLevel: () throws -> Void
  ) rethrows -> Tensor {
    var h = input(pixels, on: compute)
    for level in levels {
      for block in level.blocks {
        h = compute.block([h]) { [h] compute in block(h, time: nil, on: compute) }
      }
      if let halve = level.halve { h = halve(h, on: compute) }
      try onLevel()
    }
    h = output(norm(middle(h, on: compute), silu: true, on: compute), on: compute)
    return quant?(h, on: compute) ?? h
  }
}
