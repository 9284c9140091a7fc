import Checkpoints
package import Engine

/// The `config.json` of a diffusers `AutoencoderTiny`.
package struct TinyVAEConfiguration: Sendable {
  package let imageChannels: Int
  package let latentChannels: Int
  /// Channels of every level: the networks have no layers that would change their number.
  package let channels: Int
  /// Residual blocks of each level of the encoder, from the pixels to the latents.
  package let encoderBlocks: [Int]
  /// Residual blocks of each level of the decoder, from the latents to the pixels.
  package let decoderBlocks: [Int]
  package let activation: Activation
  /// Latents are multiplied by this before diffusion.
  package let scalingFactor: Float

  /// Pixels per latent along each side.
  package var factor: Int { 1 << (decoderBlocks.count - 1) }

  /// - Throws: `CheckpointError` naming the key that is missing, of the wrong type or unsupported.
  package init(file: String) throws {
    try self.init(ModelConfiguration(file: file))
  }

  /// - Throws: `CheckpointError` naming the key that is missing, of the wrong type or unsupported.
  package init(_ config: ModelConfiguration) throws {
    try config.require("_class_name", in: ["AutoencoderTiny"], default: "AutoencoderTiny")
    try config.requireNeutral("shift_factor", 0)
    // The latents' range as bytes is used for storing them only, and `block_out_channels` repeats the decoder's.
    config.allow(["latent_magnitude", "latent_shift", "block_out_channels", "force_upcast"])
    imageChannels = try config.positive("in_channels", default: 3)
    try config.require("in_channels", equals: 3)
    try config.require("out_channels", equals: 3)
    latentChannels = try config.positive("latent_channels", default: 4)
    // diffusers fails to build networks whose levels have different numbers of channels.
    channels = try config.uniform("decoder_block_out_channels", default: 64)
    let encoder = try config.uniform("encoder_block_out_channels", default: 64)
    encoderBlocks = try config.positives("num_encoder_blocks", default: [1, 3, 3, 3])
    decoderBlocks = try config.positives("num_decoder_blocks", default: [3, 3, 3, 1])
    guard encoder == channels, encoderBlocks.count == decoderBlocks.count else {
      throw config.invalid(
        "encoder_block_out_channels",
        "the encoder has \(encoderBlocks.count) levels of \(encoder) channels and the decoder \(decoderBlocks.count) of "
          + "\(channels), but both must have the same")
    }
    guard decoderBlocks.count <= 8 else {
      throw config.invalid("num_decoder_blocks", "\(decoderBlocks.count) levels, but at most 8 are supported")
    }
    try config.require("upsampling_scaling_factor", equals: 2)
    try config.require("upsample_fn", in: ["nearest"], default: "nearest")
    try config.require("act_fn", in: ["relu", "silu", "swish", "gelu"], default: "relu")
    activation =
      switch try config.optionalString("act_fn") ?? "relu" {
      case "gelu": .gelu
      case "relu": .relu
      default: .silu
      }
    scalingFactor = Float(try config.number("scaling_factor", default: 1))
    try config.finish()
    guard scalingFactor > 0, scalingFactor.isFinite else {
      throw config.invalid("scaling_factor", "expected a number above 0")
    }
  }
}
