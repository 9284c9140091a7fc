package import Checkpoints
package import Engine

/// Encodes pixels to latents: the encoder of diffusers' `AutoencoderTiny`, known as TAESD.
package struct TinyVAEEncoder: Sendable {
  private struct Level: Sendable {
    /// A convolution of stride 2; at the level of the pixels, one of stride 1 from RGB.
    let input: Conv2D
    let blocks: [TinyVAEBlock]
  }

  package let configuration: TinyVAEConfiguration
  private let levels: [Level]
  private let output: Conv2D

  package init(_ weights: Weights, _ configuration: TinyVAEConfiguration) throws {
    self.configuration = configuration
    let channels = configuration.channels
    var next = 0
    func layer() -> String {
      defer { next += 1 }
      return "encoder.layers.\(next)"
    }
    levels = try configuration.encoderBlocks.enumerated().map { level, count in
      let input =
        level == 0
        ? try Conv2D(weights, layer(), configuration.imageChannels, channels)
        : try Conv2D(weights, layer(), channels, channels, .init(kernel: 3, stride: 2), bias: false)
      return Level(
        input: input,
        blocks: try (0..<count).map { _ in
          try TinyVAEBlock(weights, layer(), channels: channels, activation: configuration.activation)
        })
    }
    output = try Conv2D(weights, layer(), channels, configuration.latentChannels)
  }

  /// - Parameters:
  ///   - pixels: `[N, H, W, 3]` in −1 … 1; H and W are multiples of the VAE's factor.
  ///   - onLevel: called after each level; throwing stops the encoder.
  /// - Returns: `[N, h, w, C]`, before multiplication by the scaling factor.
  package func callAsFunction(_ pixels: Tensor, on compute: Compute, onLevel: () throws -> Void = {}) throws -> Tensor {
    // The network was trained with pixels within 0 … 1.
    var h = pixels.map { ($0 + 1) / 2 }
    for level in levels {
      h = level.input(h, on: compute)
      for block in level.blocks { h = block(h, on: compute) }
      try onLevel()
    }
    return output(h, on: compute)
  }
}
