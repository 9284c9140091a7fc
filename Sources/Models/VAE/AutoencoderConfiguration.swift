import Checkpoints

/// The configuration of a VAE of either kind: `AutoencoderKL` or `AutoencoderTiny`.
package enum AutoencoderConfiguration: Sendable {
  case kl(VAEConfiguration)
  case tiny(TinyVAEConfiguration)

  /// - Throws: `CheckpointError` naming the key that is missing, of the wrong type or unsupported.
  package init(file: String) throws { try self.init(ModelConfiguration(file: file)) }

  /// - Throws: `CheckpointError` naming the key that is missing, of the wrong type or unsupported.
  package init(_ config: ModelConfiguration) throws {
    try config.require("_class_name", in: ["AutoencoderKL", "AutoencoderTiny"], default: "AutoencoderKL")
    self =
      try config.optionalString("_class_name") == "AutoencoderTiny"
      ? .tiny(TinyVAEConfiguration(config)) : .kl(VAEConfiguration(config))
  }

  /// Pixels per latent along each side.
  package var factor: Int {
    switch self {
    case .kl(let configuration): configuration.factor
    case .tiny(let configuration): configuration.factor
    }
  }

  package var latentChannels: Int {
    switch self {
    case .kl(let configuration): configuration.latentChannels
    case .tiny(let configuration): configuration.latentChannels
    }
  }

  /// Latents are multiplied by this before diffusion.
  package var scalingFactor: Float {
    switch self {
    case .kl(let configuration): configuration.scalingFactor
    case .tiny(let configuration): configuration.scalingFactor
    }
  }

  /// Channels of the widest tensor with as many positions as the image has pixels.
  package var pixelChannels: Int {
    switch self {
    case .kl(let configuration): configuration.channels.prefix(2).max() ?? 0
    case .tiny(let configuration): configuration.channels
    }
  }
}
