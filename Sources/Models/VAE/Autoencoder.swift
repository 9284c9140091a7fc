package import Checkpoints
package import Engine
import Files
import Foundation

/// A VAE of either kind, between pixels and the latents of diffusion.
package struct Autoencoder: Sendable {
  private enum Networks: Sendable {
    case kl(VAE)
    case tiny(TinyVAE)
  }

  package let configuration: AutoencoderConfiguration
  private let networks: Networks
  /// The weight file, for errors.
  private let file: String

  /// - Throws: `CheckpointError` naming a missing, unexpected or misshapen tensor.
  package init(_ weights: Weights, _ configuration: AutoencoderConfiguration) throws {
    self.configuration = configuration
    file = weights.path
    networks =
      switch configuration {
      case .kl(let own): .kl(try VAE(weights, own))
      case .tiny(let own): .tiny(try TinyVAE(weights, own))
      }
  }

  /// The network that training can change and whose posterior it can read.
  ///
  /// - Throws: `CheckpointError` for `AutoencoderTiny`, which is for rendering only.
  package func trainable() throws -> VAE {
    guard case .kl(let vae) = networks else {
      throw CheckpointError(
        .unsupported, file: file,
        "this is an AutoencoderTiny, which only approximates the latents of a VAE: training needs the model's own "
          + "AutoencoderKL")
    }
    return vae
  }

  /// - Parameters:
  ///   - latents: `[N, h, w, C]`, as they leave diffusion.
  ///   - onLevel: called after each level; throwing stops the decoder.
  /// - Returns: `[N, H, W, 3]`, approximately within −1 … 1.
  package func decode(_ latents: Tensor, on compute: Compute, onLevel: () throws -> Void = {}) throws -> Tensor {
    let factor = configuration.scalingFactor
    let scaled = latents.map { $0 / factor }
    return switch networks {
    case .kl(let vae): try vae.decoder(scaled, on: compute, onLevel: onLevel)
    case .tiny(let vae): try vae.decoder(scaled, on: compute, onLevel: onLevel)
    }
  }

  /// Checks that pixels can be encoded.
  ///
  /// - Throws: `CheckpointError` if the file holds the decoder alone.
  package func checkEncoder() throws {
    switch networks {
    case .kl(let vae): _ = try vae.encoder()
    case .tiny(let vae): _ = try encoder(of: vae)
    }
  }

  /// - Parameters:
  ///   - pixels: `[1, H, W, 3]` in −1 … 1; H and W are multiples of the factor.
  ///   - onLevel: called after each level; throwing stops the encoder.
  /// - Throws: `CheckpointError` if the file holds the decoder alone.
  package func encode(
    _ pixels: Tensor, on compute: Compute, onLevel: () throws -> Void = {}
  ) throws -> LatentDistribution {
    let factor = configuration.scalingFactor
    switch networks {
    case .kl(let vae):
      let posterior = try vae.encoder()(pixels, on: compute, onLevel: onLevel)
      let channels = posterior.channels / 2
      return LatentDistribution(
        mean: compute.channels(0..<channels, of: posterior),
        deviation: compute.channels(channels..<2 * channels, of: posterior).map { exp(0.5 * $0) },
        scalingFactor: factor)
    case .tiny(let vae):
      let latents = try encoder(of: vae)(pixels, on: compute, onLevel: onLevel)
      return LatentDistribution(mean: latents, deviation: nil, scalingFactor: factor)
    }
  }

  private func encoder(of vae: TinyVAE) throws -> TinyVAEEncoder {
    guard let encoder = vae.encoder else {
      throw CheckpointError(
        .missingTensor, file: file,
        "holds a decoder only, but images from a picture need the encoder too: use a folder with both")
    }
    return encoder
  }
}
