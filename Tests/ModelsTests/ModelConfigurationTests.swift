import Checkpoints
import Files
import Foundation
import Models
import TestSupport
import Testing

struct ModelConfigurationTests {
  private static var unet: [String: Any] {
    [
      "_class_name": "UNet2DConditionModel", "block_out_channels": [32, 64], "cross_attention_dim": 32,
      "down_block_types": ["CrossAttnDownBlock2D", "DownBlock2D"],
      "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D"], "layers_per_block": 1, "sample_size": 96,
    ]
  }
  private static var vae: [String: Any] {
    [
      "_class_name": "AutoencoderKL", "block_out_channels": [32], "norm_num_groups": 32,
    ]
  }

  private func unet(_ changes: [String: Any]) throws -> UNetConfiguration {
    try UNetConfiguration(ModelConfiguration(file: "unet/config.json", values: Self.unet.merging(changes) { $1 }))
  }

  private func vae(_ changes: [String: Any]) throws -> VAEConfiguration {
    try VAEConfiguration(ModelConfiguration(file: "vae/config.json", values: Self.vae.merging(changes) { $1 }))
  }

  @Test func aClassifiersUnknownKeysAreRefused() throws {
    func classifier(_ changes: [String: Any]) throws -> ResNetConfiguration {
      try ResNetConfiguration(
        ModelConfiguration(
          file: "emotion_encoder/config.json",
          values: ["architecture": "resnet-bottleneck", "classes": ["a", "b"]].merging(changes) { $1 }))
    }
    #expect(try classifier(["_comment": "mine", "note": NSNull()]).classes == ["a", "b"])
    let error = try #require(throws: CheckpointError.self) { try classifier(["stem": 7]) }
    #expect(error.message.hasPrefix("key 'stem' is 7"), "\(error)")
  }

  private func text(_ values: [String: Any]) throws -> CLIPTextConfiguration {
    try CLIPTextConfiguration(ModelConfiguration(file: "text_encoder/config.json", values: values))
  }

  @Test(
    arguments: [
      ("attention_type", "gated"), ("class_embed_type", "timestep"), ("num_class_embeds", 1000),
      ("mid_block_scale_factor", 1.5), ("center_input_sample", true), ("only_cross_attention", [true, false]),
      ("downsample_padding", 2), ("act_fn", "gelu"), ("mid_block_type", "UNetMidBlock2DSimpleCrossAttn"),
      ("num_attention_heads", 8), ("_class_name", "SD3Transformer2DModel"), ("a_new_key", 3),
      ("quantization_config", ["bits": 4]), ("addition_embed_type", "text_time"), ("time_embedding_type", "fourier"),
      ("conv_in_kernel", 1), ("upsample_everything", true),
    ] as [(String, any Sendable)])
  func whatChangesTheNetworkIsRefusedByNameAndValue(_ key: String, _ value: any Sendable) {
    let error = #expect(throws: CheckpointError.self) { try unet([key: value]) }
    #expect(error?.message.contains("'\(key)' is ") == true, "\(error?.message ?? "")")
  }

  @Test(arguments: ["act_fn", "attention_head_dim", "norm_num_groups", "cross_attention_dim", "block_out_channels"])
  func nullIsNotAbsence(_ key: String) {
    let error = #expect(throws: CheckpointError.self) { try unet([key: NSNull()]) }
    #expect(error?.message.contains("'\(key)'") == true && error?.message.contains("null") == true)
  }

  @Test func theMiddleBlockFollowsItsType() throws {
    #expect(try unet([:]).middle == .attending)
    #expect(try unet(["mid_block_type": "UNetMidBlock2D"]).middle == .residual)
    #expect(try unet(["mid_block_type": NSNull()]).middle == .none)
  }

  @Test func valuesWithoutEffectAreAccepted() throws {
    let model = try unet([
      "_name_or_path": "x", "_diffusers_version": "0.42.1", "dropout": 0.1, "upcast_attention": true,
      "attention_type": "default", "time_embedding_dim": NSNull(), "encoder_hid_dim": NSNull(), "new_key": NSNull(),
      "only_cross_attention": [false, false], "resnet_out_scale_factor": 1.0, "mid_block_scale_factor": 1,
      "transformer_layers_per_block": [1, 2], "mid_block_only_cross_attention": NSNull(),
    ])
    #expect(model.transformerLayers == [1, 2])
    _ = try vae([
      "shift_factor": 0.0, "latents_mean": [0.0, 0, 0, 0], "latents_std": [1, 1, 1, 1], "force_upcast": true,
      "sample_size": 512, "mid_block_add_attention": false,
    ])
  }

  @Test(
    arguments: [
      ("shift_factor", 0.1), ("latents_mean", [0.0, 0.1]), ("_class_name", "AsymmetricAutoencoderKL"),
      ("ch_mult", [1, 2]),
      ("latents_std", [2.0]),
    ] as [(String, any Sendable)])
  func whatChangesTheAutoencoderIsRefused(_ key: String, _ value: any Sendable) {
    let error = #expect(throws: CheckpointError.self) { try vae([key: value]) }
    #expect(error?.message.contains("'\(key)'") == true)
  }

  @Test func theSampleSizeIsReadInItsForms() throws {
    #expect(try unet([:]).sampleSize == [96, 96])
    #expect(try unet(["sample_size": [64, 96]]).sampleSize == [96, 64])
    #expect(try unet(["sample_size": NSNull()]).sampleSize == nil)
    #expect(try unet(["sample_size": 32, "_diffusers_version": "0.2.4"]).sampleSize == [64, 64])
    #expect(try unet(["sample_size": 32, "_diffusers_version": "0.9.0"]).sampleSize == [32, 32])
    #expect(try unet(["sample_size": 32]).sampleSize == [32, 32])
  }

  @Test(arguments: ["bert", "t5", "xlm-roberta", "M-CLIP", "clip_vision_model", "something"])
  func textEncodersOfOtherFamiliesAreNamed(_ type: String) {
    let error = #expect(throws: CheckpointError.self) { try text(["model_type": type, "hidden_size": 64]) }
    #expect(error?.message.contains("'model_type' is \(type)") == true)
  }

  /// From a whole CLIP model's configuration, transformers' `CLIPTextModel` takes `text_config` alone.
  @Test func theTextTowerOfAWholeModelIsItsTextConfig() async throws {
    try await TestFolder.with { home in
      let file = "\(home)/config.json"
      let values: [String: Any] = [
        "model_type": "clip", "text_config": ["vocab_size": 100], "text_config_dict": ["vocab_size": 200],
      ]
      try JSONSerialization.data(withJSONObject: values).write(to: URL(filePath: file))
      #expect(try CLIPTextConfiguration(file: file).vocabulary == 100)
    }
  }

  @Test func savedTextConfigurationsAreAccepted() throws {
    let configuration = try text([
      "model_type": "clip_text_model", "architectures": ["CLIPTextModelWithProjection"], "top_k": 50, "top_p": 1.0,
      "torch_dtype": "float16", "dtype": "float32", "transformers_version": "5.1.0", "pruned_heads": [String: Any](),
      "is_decoder": false, "id2label": ["0": "LABEL_0"], "projection_dim": 512, "cross_attention_hidden_size": NSNull(),
    ])
    #expect(configuration.tower.width == 512 && configuration.vocabulary == 49408)
    let error = #expect(throws: CheckpointError.self) { try text(["rope_theta": 10000]) }
    #expect(error?.message.contains("'rope_theta' is 10000") == true)
  }
}
