/// The `vision_config` of transformers' `CLIPModel`.
package struct CLIPVisionConfiguration: Sendable {
  package let tower: CLIPTowerConfiguration
  package let imageSize: Int
  let patch: Int

  init(_ config: ModelConfiguration) throws {
    try config.requireModelType("clip_vision_model")
    for key in ["is_decoder", "add_cross_attention", "is_encoder_decoder"] { try config.requireFalse(key) }
    try config.requireNull("cross_attention_hidden_size")
    try config.requireUnpruned()
    config.allow(["eos_token_id"])
    tower = try CLIPTowerConfiguration(config, standard: (768, 3072, 12))
    imageSize = try config.positive("image_size", default: 224)
    patch = try config.positive("patch_size", default: 32)
    try config.require("num_channels", equals: 3)
    try config.finish()
    guard imageSize % patch == 0 else {
      throw config.invalid("patch_size", "image_size \(imageSize) is not divisible by \(patch)")
    }
  }
}
