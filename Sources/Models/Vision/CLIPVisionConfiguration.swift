/// The `vision_config` of transformers' `CLIPModel`.
package struct CLIPVisionConfiguration: Sendable {
  package let tower: CLIPTowerConfiguration
  package let imageSize: Int
  let patch: Int

  init(_ config: ModelConfiguration) throws {
    tower = try CLIPTowerConfiguration(config)
    imageSize = try config.positive("image_size", default: 224)
    patch = try config.positive("patch_size", default: 32)
    try config.require("num_channels", equals: 3)
    guard imageSize % patch == 0 else {
      throw config.invalid("patch_size", "image_size \(imageSize) is not divisible by \(patch)")
    }
  }
}
