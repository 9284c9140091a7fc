package import Checkpoints
import Files

/// diffusers' `AutoencoderKL`: encoder and decoder from one file.
package struct VAE: Sendable {
  package let configuration: VAEConfiguration
  private let optionalEncoder: VAEEncoder?
  package let decoder: VAEDecoder
  /// The weight file, for errors.
  private let file: String

  /// - Throws: `CheckpointError` naming a missing, unexpected or misshapen tensor.
  package init(_ weights: Weights, _ configuration: VAEConfiguration) throws {
    self.configuration = configuration
    file = weights.path
    let isDecoder = weights.contains("decoder.conv_in.weight") && !weights.contains("encoder.conv_in.weight")
    optionalEncoder = isDecoder ? nil : try VAEEncoder(weights, configuration)
    decoder = try VAEDecoder(weights, configuration)
    // A decoder alone may come with the encoder's last layer.
    try weights.finish(ignoring: TrainingLeftover.prefixes + (isDecoder ? ["quant_conv."] : []))
  }

  /// - Throws: `CheckpointError` if the file holds the decoder alone.
  package func encoder() throws -> VAEEncoder {
    guard let optionalEncoder else {
      throw CheckpointError(
        .missingTensor, file: file,
        "holds a decoder only, but images from a picture and training need the encoder too: use a file with both")
    }
    return optionalEncoder
  }
}
