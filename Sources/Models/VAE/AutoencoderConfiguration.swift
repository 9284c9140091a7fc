import Checkpoints
import Files

/// The configuration of a VAE of either kind: `AutoencoderKL` or `AutoencoderTiny`.
package enum AutoencoderConfiguration: Sendable {
  case kl(VAEConfiguration)
  case tiny(TinyVAEConfiguration)

  /// - Parameter className: the class in `model_index.json`, which takes precedence over the file's own.
  /// - Throws: `CheckpointError` naming the key that is missing, of the wrong type or unsupported, or the two classes if
  ///   the file does not describe the one that the index names.
  package init(file: String, named className: String? = nil) throws {
    let own = try ModelConfiguration(file: file)
    guard let className, let found = own.values["_class_name"] as? String, found != className else {
      self = try Self(own)
      return
    }
    let named = own.values.merging(["_class_name": className]) { $1 }
    do {
      self = try Self(ModelConfiguration(file: file, values: named))
    } catch let error as CheckpointError {
      throw CheckpointError(
        .misshapen, file: file,
        "model_index.json names the class \(className), but the file describes \(found): name \(found) in "
          + "model_index.json, or copy the folder of the VAE that is meant (read as \(className): \(error.message))",
        underlying: error)
    }
  }

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

  /// The number of channels of the widest level.
  package var widest: Int {
    switch self {
    case .kl(let configuration): configuration.channels.max() ?? 0
    case .tiny(let configuration): configuration.channels
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
