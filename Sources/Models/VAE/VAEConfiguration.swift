import Checkpoints

/// The `config.json` of a diffusers `AutoencoderKL`.
package struct VAEConfiguration: Sendable {
  package let imageChannels: Int
  package let latentChannels: Int
  /// Channels of each level.
  package let channels: [Int]
  let layersPerBlock: Int
  let groups: Int
  /// Latents are multiplied by this before diffusion.
  package let scalingFactor: Float
  let usesQuantConvolution: Bool
  let usesPostQuantConvolution: Bool
  let hasMiddleAttention: Bool

  /// Pixels per latent along each side.
  package var factor: Int { 1 << (channels.count - 1) }

  /// - Throws: `CheckpointError` naming the key that is missing, of the wrong type or unsupported.
  package init(file: String) throws { try self.init(ModelConfiguration(file: file)) }

  /// - Throws: `CheckpointError` naming the key that is missing, of the wrong type or unsupported.
  package init(_ config: ModelConfiguration) throws {
    try config.require("_class_name", in: ["AutoencoderKL"], default: "AutoencoderKL")
    try config.require("act_fn", in: ["silu", "swish"], default: "silu")
    for (key, neutral) in [("latents_mean", 0.0), ("latents_std", 1), ("shift_factor", 0)] {
      try config.requireNeutral(key, neutral)
    }
    // Everything is computed in fp32, and the U-Net decides the size.
    config.allow(["force_upcast", "sample_size"])
    config.allowBookkeeping()
    imageChannels = try config.positive("in_channels", default: 3)
    try config.require("in_channels", equals: 3)
    try config.require("out_channels", equals: 3)
    latentChannels = try config.positive("latent_channels", default: 4)
    channels = try config.positives("block_out_channels", default: [64])
    for (key, type) in [("down_block_types", "DownEncoderBlock2D"), ("up_block_types", "UpDecoderBlock2D")] {
      _ = try config.blocks(key, attending: type, plain: type, count: channels.count, default: [type])
    }
    layersPerBlock = try config.positive("layers_per_block", default: 1)
    groups = try config.positive("norm_num_groups", default: 32)
    scalingFactor = Float(try config.number("scaling_factor", default: 0.18215))
    usesQuantConvolution = try config.flag("use_quant_conv", default: true)
    usesPostQuantConvolution = try config.flag("use_post_quant_conv", default: true)
    hasMiddleAttention = try config.flag("mid_block_add_attention", default: true)
    try config.finish()
    guard scalingFactor > 0, scalingFactor.isFinite else {
      throw config.invalid("scaling_factor", "expected a number above 0")
    }
    for width in channels where width % groups != 0 {
      throw config.invalid("block_out_channels", "\(width) is not a multiple of norm_num_groups \(groups)")
    }
  }
}
