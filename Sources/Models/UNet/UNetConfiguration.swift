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
  package let middle: Middle
  /// Residual blocks of each level on the way down; there is one more on the way up.
  let layersPerBlock: [Int]
  /// Attention heads of each level.
  let heads: [Int]
  /// Transformer layers of each level.
  package let transformerLayers: [Int]
  let groups: Int
  let epsilon: Float
  let usesLinearProjection: Bool
  let flipsSinToCos: Bool
  let frequencyShift: Float
  /// Width of the text encoder's hidden states.
  package let contextWidth: Int
  /// Width of the time embedding.
  let timeChannels: Int
  /// Width of the embedding of the guidance scale, which a network distilled from guided outputs takes as an input; nil
  /// for other networks.
  package let guidanceChannels: Int?
  /// Width and height in latents of the images that the model was trained on; nil if the file does not say it.
  package let sampleSize: [Int]?

  /// The block between the downsampling and the upsampling path.
  package enum Middle: Sendable {
    /// Residual block, transformer, residual block.
    case attending
    /// One residual block.
    case residual
    case none
  }

  /// - Throws: `CheckpointError` naming the key that is missing, of the wrong type or unsupported.
  package init(file: String) throws { try self.init(ModelConfiguration(file: file)) }

  /// - Throws: `CheckpointError` naming the key that is missing, of the wrong type or unsupported.
  package init(_ config: ModelConfiguration) throws {
    try config.require("_class_name", in: ["UNet2DConditionModel"], default: "UNet2DConditionModel")
    try config.require("act_fn", in: ["silu", "swish"], default: "silu")
    try config.require("time_embedding_type", in: ["positional"], default: "positional")
    try config.require("resnet_time_scale_shift", in: ["default"], default: "default")
    try config.require("attention_type", in: ["default"], default: "default")
    for key in [
      "class_embed_type", "addition_embed_type", "encoder_hid_dim", "encoder_hid_dim_type", "num_class_embeds",
      "num_attention_heads", "timestep_post_act", "time_embedding_act_fn",
      "reverse_transformer_layers_per_block",
    ] {
      try config.requireNull(key)
    }
    for key in ["dual_cross_attention", "center_input_sample", "class_embeddings_concat", "only_cross_attention"] {
      try config.requireFalse(key)
    }
    for (key, value) in [("conv_in_kernel", 3), ("conv_out_kernel", 3), ("downsample_padding", 1)] {
      try config.require(key, equals: value)
    }
    let middleScale = try config.number("mid_block_scale_factor", default: 1)
    guard middleScale == 1 else { throw config.unsupported("mid_block_scale_factor", "\(middleScale)", use: "1") }
    config.allow(Self.withoutEffect)
    config.allowBookkeeping()
    inputChannels = try config.positive("in_channels", default: 4)
    outputChannels = try config.positive("out_channels", default: 4)
    channels = try config.positives("block_out_channels", default: [320, 640, 1280, 1280])
    let levels = channels.count
    let (attending, plain) = ("CrossAttnDownBlock2D", "DownBlock2D")
    attendsDown = try config.blocks(
      "down_block_types", attending: attending, plain: plain, count: levels,
      default: [attending, attending, attending, plain])
    let (attendingUp, plainUp) = ("CrossAttnUpBlock2D", "UpBlock2D")
    attendsUp = try config.blocks(
      "up_block_types", attending: attendingUp, plain: plainUp, count: levels,
      default: [plainUp, attendingUp, attendingUp, attendingUp])
    middle =
      switch config.has("mid_block_type") ? try config.optionalString("mid_block_type") : "UNetMidBlock2DCrossAttn" {
      case "UNetMidBlock2DCrossAttn": .attending
      case "UNetMidBlock2D": .residual
      case nil: .none
      case let other?: throw config.unsupported("mid_block_type", other, use: "UNetMidBlock2DCrossAttn")
      }
    layersPerBlock = try config.perLevel("layers_per_block", default: 2, count: levels)
    // diffusers calls the number of heads `attention_head_dim`.
    heads = try config.perLevel("attention_head_dim", default: 8, count: levels)
    transformerLayers = try config.perLevel("transformer_layers_per_block", default: 1, count: levels)
    groups = try config.positive("norm_num_groups", default: 32)
    epsilon = Float(try config.number("norm_eps", default: 1e-5))
    usesLinearProjection = try config.flag("use_linear_projection", default: false)
    flipsSinToCos = try config.flag("flip_sin_to_cos", default: true)
    frequencyShift = Float(try config.number("freq_shift", default: 0))
    contextWidth = try config.uniform("cross_attention_dim", default: 1280)
    let standardTime = channels[0] * 4
    timeChannels =
      config.isNull("time_embedding_dim")
      ? standardTime : try config.positive("time_embedding_dim", default: standardTime)
    guidanceChannels =
      config.has("time_cond_proj_dim") && !config.isNull("time_cond_proj_dim")
      ? try config.positive("time_cond_proj_dim", default: 256) : nil
    if let guidanceChannels, guidanceChannels < 4 {
      throw config.invalid("time_cond_proj_dim", "\(guidanceChannels) is too narrow for frequencies: at least 4")
    }
    sampleSize = try config.size("sample_size").map { sides in
      // Files of the first versions say 32 for models of 64; their pipeline corrects it.
      let isOutdated = config.values["sample_size"] is [Any] ? false : sides[0] < 64 && Self.isOutdated(config)
      return isOutdated ? [64, 64] : sides
    }
    try config.finish()
    for (level, width) in channels.enumerated() {
      guard width % groups == 0, width % 2 == 0 else {
        throw config.invalid("block_out_channels", "\(width) is not a multiple of norm_num_groups \(groups) and of 2")
      }
      guard width % heads[level] == 0 else {
        throw config.invalid(
          "attention_head_dim", "the \(width) channels of level \(level) are not divisible by \(heads[level]) heads")
      }
    }
  }

  /// Keys that other block types or features read, or that only matter in training or for a precision below fp32.
  private static let withoutEffect = [
    "addition_embed_type_num_heads", "addition_time_embed_dim", "projection_class_embeddings_input_dim",
    "resnet_out_scale_factor", "resnet_skip_time_act", "cross_attention_norm", "mid_block_only_cross_attention",
    "dropout", "upcast_attention",
  ]

  /// Whether a version of diffusers before 0.9.0 wrote the file.
  private static func isOutdated(_ config: ModelConfiguration) -> Bool {
    guard let version = config.values["_diffusers_version"] as? String else { return false }
    let numbers = version.split(separator: ".").prefix(2).map { Int($0) ?? .max }
    return numbers.count == 2 && numbers[0] == 0 && numbers[1] < 9
  }
}
