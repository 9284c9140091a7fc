package import Checkpoints

/// diffusers' `AutoencoderKL`: encoder and decoder from one file.
package struct VAE: Sendable {
  package let configuration: VAEConfiguration
  package let encoder: VAEEncoder
  package let decoder: VAEDecoder

  /// - Throws: `CheckpointError` naming a missing, unexpected or misshapen tensor.
  package init(_ weights: Weights, _ configuration: VAEConfiguration) throws {
    self.configuration = configuration
    encoder = try VAEEncoder(weights, configuration)
    decoder = try VAEDecoder(weights, configuration)
    try weights.finish(ignoring: ["model_ema."])
  }
}
