package import Models

/// Loads single networks, for training; `EmoGenPipeline.load` reads all of them.
extension AdaptedModel {
  /// The tokenizer and the text encoder with the tokens of the embeddings.
  ///
  /// - Throws: `CheckpointError` naming the file and the tensor or token.
  package func words() throws -> (tokenizer: CLIPTokenizer, encoder: CLIPTextEncoder) {
    try words(CLIPTextEncoder(weights(.textEncoder), base.text))
  }

  /// - Throws: `CheckpointError` naming the file and the tensor.
  package func denoiser() throws -> UNet { try UNet(weights(.unet), base.unet) }

  /// - Throws: `CheckpointError` naming the file and the tensor, or that the VAE is an `AutoencoderTiny`.
  package func autoencoder() throws -> VAE { try Autoencoder(weights(.vae), vae).trainable() }
}
