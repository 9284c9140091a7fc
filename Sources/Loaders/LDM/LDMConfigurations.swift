import Foundation

/// The configurations of a checkpoint's parts, with every key that diffusers and transformers write: what they say
/// follows from the tensors' shapes, from the YAML beside the checkpoint, and from the family for the rest.
struct LDMConfigurations {
  let unet: LDMUNet
  let autoencoder: LDMAutoencoder
  let text: LDMTextEncoder
  let family: LDMFamily

  /// `unet/config.json`.
  ///
  /// - Parameter heads: attention heads of each level.
  func denoiser(heads: [Int]) -> [String: Any] {
    let none = NSNull()
    return [
      "_class_name": "UNet2DConditionModel", "act_fn": "silu", "addition_embed_type": none,
      "addition_embed_type_num_heads": 64, "addition_time_embed_dim": none,
      "attention_head_dim": Set(heads).count == 1 ? heads[0] : heads, "attention_type": "default",
      "block_out_channels": unet.levels.map(\.channels), "center_input_sample": false, "class_embed_type": none,
      "class_embeddings_concat": false, "conv_in_kernel": 3, "conv_out_kernel": 3,
      "cross_attention_dim": unet.context, "cross_attention_norm": none,
      "down_block_types": unet.levels.map { $0.attending > 0 ? "CrossAttnDownBlock2D" : "DownBlock2D" },
      "downsample_padding": 1, "dropout": 0.0, "dual_cross_attention": false, "encoder_hid_dim": none,
      "encoder_hid_dim_type": none, "flip_sin_to_cos": true, "freq_shift": 0, "in_channels": unet.inputs,
      "layers_per_block": unet.levels[0].layers, "mid_block_only_cross_attention": none, "mid_block_scale_factor": 1,
      "mid_block_type": unet.hasMiddleAttention ? "UNetMidBlock2DCrossAttn" : "UNetMidBlock2D", "norm_eps": 1e-05,
      "norm_num_groups": 32, "num_attention_heads": none, "num_class_embeds": none, "only_cross_attention": false,
      "out_channels": unet.outputs, "projection_class_embeddings_input_dim": none,
      "resnet_out_scale_factor": 1.0, "resnet_skip_time_act": false, "resnet_time_scale_shift": "default",
      "reverse_transformer_layers_per_block": none,
      "sample_size": family.side / (1 << (autoencoder.channels.count - 1)), "time_cond_proj_dim": none,
      "time_embedding_act_fn": none, "time_embedding_dim": none, "time_embedding_type": "positional",
      "timestep_post_act": none, "transformer_layers_per_block": unet.transformerLayers,
      "up_block_types": unet.attendsUp.map { $0 ? "CrossAttnUpBlock2D" : "UpBlock2D" }, "upcast_attention": false,
      "use_linear_projection": unet.usesLinearProjection,
    ]
  }

  /// `vae/config.json`.
  ///
  /// - Parameter scale: the factor between the autoencoder's latents and the denoiser's.
  func vae(scale: Double) -> [String: Any] {
    autoencoder.configuration(scale: scale, side: family.side)
  }

  /// `text_encoder/config.json`; the ids of the special tokens are the wrong ones that all published files have.
  func textEncoder(heads: Int) -> [String: Any] {
    [
      "architectures": ["CLIPTextModel"], "attention_dropout": 0.0, "bos_token_id": 0, "dropout": 0.0,
      "eos_token_id": 2, "hidden_act": text.isSecond ? "gelu" : "quick_gelu", "hidden_size": text.width,
      "initializer_factor": 1.0, "initializer_range": 0.02, "intermediate_size": text.inner, "layer_norm_eps": 1e-05,
      "max_position_embeddings": text.positions, "model_type": "clip_text_model", "num_attention_heads": heads,
      "num_hidden_layers": text.layers, "pad_token_id": 1, "projection_dim": text.isSecond ? 512 : 768,
      "vocab_size": text.vocabulary,
    ]
  }

  /// `scheduler/scheduler_config.json`: PNDM for models that predict noise, and DDIM, as Stable Diffusion 2.1's, for
  /// models that predict the velocity. A schedule without signal at its end is used from there.
  func scheduler(timesteps: Int, first: Double, last: Double) -> [String: Any] {
    var values: [String: Any] = [
      "_class_name": family.prediction == "epsilon" ? "PNDMScheduler" : "DDIMScheduler", "beta_end": last,
      "beta_schedule": "scaled_linear", "beta_start": first, "clip_sample": false, "num_train_timesteps": timesteps,
      "prediction_type": family.prediction, "set_alpha_to_one": false, "skip_prk_steps": true, "steps_offset": 1,
      "trained_betas": NSNull(),
    ]
    if family.hasZeroSNR {
      values["_class_name"] = "DDIMScheduler"
      values["rescale_betas_zero_snr"] = true
      values["timestep_spacing"] = "trailing"
    }
    return values
  }

  /// `model_index.json`.
  func index(scheduler: String) -> [String: Any] {
    let none: [Any] = [NSNull(), NSNull()]
    return [
      "_class_name": "StableDiffusionPipeline", "feature_extractor": none, "image_encoder": none,
      "requires_safety_checker": false, "safety_checker": none, "scheduler": ["diffusers", scheduler],
      "text_encoder": ["transformers", "CLIPTextModel"], "tokenizer": ["transformers", "CLIPTokenizer"],
      "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"],
    ]
  }
}
