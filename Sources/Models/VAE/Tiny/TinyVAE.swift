package import Checkpoints

/// diffusers' `AutoencoderTiny`: a small decoder and encoder for latents of a larger VAE, for rendering only.
package struct TinyVAE: Sendable {
  package let configuration: TinyVAEConfiguration
  /// Nil if the file holds the decoder alone.
  package let encoder: TinyVAEEncoder?
  package let decoder: TinyVAEDecoder

  /// - Throws: `CheckpointError` naming a missing, unexpected or misshapen tensor.
  package init(_ weights: Weights, _ configuration: TinyVAEConfiguration) throws {
    self.configuration = configuration
    let hasEncoder = weights.names.contains { $0.hasPrefix("encoder.") }
    encoder = hasEncoder ? try TinyVAEEncoder(weights, configuration) : nil
    decoder = try TinyVAEDecoder(weights, configuration)
    try weights.finish()
  }
}
