package import Checkpoints
package import Engine
import Foundation

/// Decodes latents to pixels: the decoder of diffusers' `AutoencoderTiny`, known as TAESD.
package struct TinyVAEDecoder: Sendable {
  private struct Level: Sendable {
    let blocks: [TinyVAEBlock]
    /// The convolution after the enlargement; nil at the level of the pixels.
    let double: Conv2D?
  }

  package let configuration: TinyVAEConfiguration
  private let input: Conv2D
  private let levels: [Level]
  private let output: Conv2D

  /// The layers are numbered as in diffusers' `nn.Sequential`, in which activations and enlargements count too.
  package init(_ weights: Weights, _ configuration: TinyVAEConfiguration) throws {
    self.configuration = configuration
    let channels = configuration.channels
    input = try Conv2D(weights, "decoder.layers.0", configuration.latentChannels, channels)
    var next = 2
    func layer() -> String {
      defer { next += 1 }
      return "decoder.layers.\(next)"
    }
    let last = configuration.decoderBlocks.count - 1
    levels = try configuration.decoderBlocks.enumerated().map { level, count in
      let blocks = try (0..<count).map { _ in
        try TinyVAEBlock(weights, layer(), channels: channels, activation: configuration.activation)
      }
      guard level < last else { return Level(blocks: blocks, double: nil) }
      next += 1
      return Level(blocks: blocks, double: try Conv2D(weights, layer(), channels, channels, bias: false))
    }
    output = try Conv2D(weights, layer(), channels, configuration.imageChannels)
  }

  /// - Parameters:
  ///   - latents: `[N, h, w, C]`, already divided by the scaling factor.
  ///   - onLevel: called after each level; throwing stops the decoder.
  /// - Returns: `[N, H, W, 3]`, approximately within −1 … 1.
  package func callAsFunction(_ latents: Tensor, on compute: Compute, onLevel: () throws -> Void = {}) throws -> Tensor
  {
    // Latents beyond ±3 are compressed into that range.
    var h = input(latents.map { tanh($0 / 3) * 3 }, activation: configuration.activation, on: compute)
    for level in levels {
      for block in level.blocks { h = block(h, on: compute) }
      if let double = level.double {
        h = double(compute.upsampleNearest(h, height: 2 * h.shape[1], width: 2 * h.shape[2]), on: compute)
      }
      try onLevel()
    }
    // The network was trained with pixels within 0 … 1.
    return output(h, on: compute).map { $0 * 2 - 1 }
  }
}
