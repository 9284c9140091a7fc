import Checkpoints

/// The keys of a diffusers `UNet2DConditionModel`'s `config.json` that Stable Diffusion 1.x and 2.x use.
package struct UNetConfiguration: Sendable {
  package let inputChannels: Int
  package let outputChannels: Int
  /// Channels of each level.
  package let channels: [Int]
  /// Whether each level, from the top down, has attention.
  let attendsDown: [Bool]
  /// Whether each level, from the bottom up, has attention.
  let attendsUp: [Bool]
  let hasMiddleAttention: Bool
  let layersPerBlock: Int
  /// Attention heads of each level.
  let heads: [Int]
  let transformerLayers: Int
  let groups: Int
  let epsilon: Float
  let usesLinearProjection: Bool
  let flipsSinToCos: Bool
  let frequencyShift: Float
  /// Width of the text encoder's hidden states.
  package let contextWidth: Int

  /// - Throws: `CheckpointError` naming the key that is missing, of the wrong type or unsupported.
  package init(file: String) throws { try self.init(ModelConfiguration(file: file)) }

  /// - Throws: `CheckpointError` naming the key that is missing, of the wrong type or unsupported.
  package init(_ config: ModelConfiguration) throws {
    try config.require("act_fn", in: ["silu", "swish"], default: "silu")
    try config.require("time_embedding_type", in: ["positional"], default: "positional")
    try config.require("resnet_time_scale_shift", in: ["default"], default: "default")
    for key in [
      "class_embed_type", "addition_embed_type", "encoder_hid_dim", "encoder_hid_dim_type", "num_class_embeds",
      "time_cond_proj_dim", "cross_attention_norm", "timestep_post_act", "time_embedding_act_fn", "time_embedding_dim",
      "reverse_transformer_layers_per_block",
    ] {
      try config.requireAbsent(key)
    }
    for key in [
      "dual_cross_attention", "center_input_sample", "class_embeddings_concat", "resnet_skip_time_act",
      "only_cross_attention", "mid_block_only_cross_attention",
    ] {
      try config.requireFalse(key)
    }
    for (key, value) in [("conv_in_kernel", 3), ("conv_out_kernel", 3), ("downsample_padding", 1)] {
      try config.require(key, equals: value)
    }
    inputChannels = try config.positive("in_channels", default: 4)
    outputChannels = try config.positive("out_channels", default: 4)
    channels = try config.positives("block_out_channels", default: [320, 640, 1280, 1280])
    let levels = channels.count
    attendsDown = try config.blocks(
      "down_block_types", attending: "CrossAttnDownBlock2D", plain: "DownBlock2D", count: levels)
    attendsUp = try config.blocks("up_block_types", attending: "CrossAttnUpBlock2D", plain: "UpBlock2D", count: levels)
    let middle = try config.optionalString("mid_block_type") ?? "UNetMidBlock2DCrossAttn"
    guard ["UNetMidBlock2DCrossAttn", "UNetMidBlock2D"].contains(middle) else {
      throw config.unsupported("mid_block_type", middle, use: "UNetMidBlock2DCrossAttn")
    }
    hasMiddleAttention = middle == "UNetMidBlock2DCrossAttn"
    layersPerBlock = try config.uniform("layers_per_block", default: 2)
    // diffusers calls the number of heads `attention_head_dim` unless `num_attention_heads` is given.
    let key = config.has("num_attention_heads") ? "num_attention_heads" : "attention_head_dim"
    heads = try config.perLevel(key, default: 8, count: levels)
    transformerLayers = try config.uniform("transformer_layers_per_block", default: 1)
    groups = try config.positive("norm_num_groups", default: 32)
    epsilon = Float(try config.number("norm_eps", default: 1e-5))
    usesLinearProjection = try config.flag("use_linear_projection", default: false)
    flipsSinToCos = try config.flag("flip_sin_to_cos", default: true)
    frequencyShift = Float(try config.number("freq_shift", default: 0))
    contextWidth = try config.uniform("cross_attention_dim", default: 1280)
    for (level, width) in channels.enumerated() {
      guard width % groups == 0, width % 2 == 0 else {
        throw config.invalid("block_out_channels", "\(width) is not a multiple of norm_num_groups \(groups) and of 2")
      }
      guard width % heads[level] == 0 else {
        throw config.invalid(key, "the \(width) channels of level \(level) are not divisible by \(heads[level]) heads")
      }
    }
  }
}
