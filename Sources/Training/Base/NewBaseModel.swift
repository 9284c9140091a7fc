import Foundation
package import Models

/// The folder of a small base model in training: the configurations of its networks and the order of their training.
/// Once all networks are trained, the folder is a `ModelFolder`.
package struct NewBaseModel: Sendable {
  /// The trained networks in order; each depends on the previous ones.
  package enum Stage: String, CaseIterable, Codable, Sendable {
    case vae, clip, unet
  }

  package let folder: String

  package init(folder: String) { self.folder = folder }

  /// Writes missing configurations and a missing tokenizer; existing files are kept.
  ///
  /// - Parameters:
  ///   - words: the words that occur in captions.
  ///   - size: the side length of the images in pixels, a multiple of 16.
  package func prepare(words: [String], size: Int) throws {
    let positions = 32
    try keep("tokenizer/vocab.json") {
      try FileManager.default.createDirectory(atPath: "\(folder)/tokenizer", withIntermediateDirectories: true)
      try BytePairVocabulary.write(words, maxLength: positions, to: "\(folder)/tokenizer")
    }
    let vocabulary = BytePairVocabulary.size(words)
    for (path, object) in Self.configurations(vocabulary: vocabulary, positions: positions, size: size) {
      try keep(path) { try ConfigurationFile.write(object: object, to: "\(folder)/\(path)") }
    }
  }

  private func keep(_ path: String, _ write: () throws -> Void) throws {
    if !FileManager.default.fileExists(atPath: "\(folder)/\(path)") { try write() }
  }

  package func path(_ part: String) -> String { "\(folder)/\(part)" }

  package func tokenizer() throws -> CLIPTokenizer { try CLIPTokenizer(folder: path("tokenizer")) }

  private static func configurations(vocabulary: Int, positions: Int, size: Int) -> [(String, [String: Any])] {
    let width = 128
    let (begin, end) = (vocabulary - 2, vocabulary - 1)
    let tower: [String: Any] = [
      "hidden_size": width, "intermediate_size": 4 * width, "num_hidden_layers": 4, "num_attention_heads": 4,
      "hidden_act": "quick_gelu", "layer_norm_eps": 1e-5, "projection_dim": width,
    ]
    let text = tower.merging([
      "model_type": "clip_text_model", "vocab_size": vocabulary, "max_position_embeddings": positions,
      "bos_token_id": begin, "eos_token_id": end, "pad_token_id": end,
    ]) { $1 }
    let vision = tower.merging([
      "model_type": "clip_vision_model", "image_size": size, "patch_size": size / 8, "num_channels": 3,
    ]) { $1 }
    return [
      (
        "model_index.json",
        [
          "_class_name": "StableDiffusionPipeline", "tokenizer": ["transformers", "CLIPTokenizer"],
          "text_encoder": ["transformers", "CLIPTextModel"], "unet": ["diffusers", "UNet2DConditionModel"],
          "vae": ["diffusers", "AutoencoderKL"], "scheduler": ["diffusers", "PNDMScheduler"],
        ]
      ),
      (
        "scheduler/scheduler_config.json",
        [
          "_class_name": "PNDMScheduler", "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
          "num_train_timesteps": 1000, "clip_sample": false, "set_alpha_to_one": false, "skip_prk_steps": true,
          "steps_offset": 1,
        ]
      ),
      ("emogen.json", ["size": [size, size], "steps": 20, "sampler": "dpmpp-2m", "guidance": 3.0]),
      (
        "vae/config.json",
        [
          "_class_name": "AutoencoderKL", "in_channels": 3, "out_channels": 3, "latent_channels": 4,
          "block_out_channels": [32, 48, 64], "layers_per_block": 1, "norm_num_groups": 16, "act_fn": "silu",
          "down_block_types": Array(repeating: "DownEncoderBlock2D", count: 3),
          "up_block_types": Array(repeating: "UpDecoderBlock2D", count: 3), "sample_size": size,
          "scaling_factor": 1.0, "mid_block_add_attention": true, "use_quant_conv": true,
          "use_post_quant_conv": true,
        ]
      ),
      (
        "clip/config.json",
        [
          "model_type": "clip", "architectures": ["CLIPModel"], "projection_dim": width,
          "logit_scale_init_value": 2.6592, "text_config": text, "vision_config": vision,
        ]
      ),
      (
        "clip/preprocessor_config.json",
        [
          "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "size": size, "do_resize": true,
          "do_center_crop": false, "do_rescale": true, "do_normalize": true,
        ]
      ),
      (
        "unet/config.json",
        [
          "_class_name": "UNet2DConditionModel", "in_channels": 4, "out_channels": 4, "sample_size": size / 4,
          "block_out_channels": [64, 128, 192], "layers_per_block": 1, "attention_head_dim": 4,
          "cross_attention_dim": width, "norm_num_groups": 32, "act_fn": "silu",
          "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
          "mid_block_type": "UNetMidBlock2DCrossAttn",
          "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"],
        ]
      ),
    ]
  }
}
