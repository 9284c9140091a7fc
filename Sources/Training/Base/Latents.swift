package import Engine
package import Loaders
package import Models

/// Outputs of the frozen networks for a training set, which are computed once.
package enum Latents {
  /// Posterior means × scaling factor of all images, then of their mirror images: `[2 · images, h, w, C]`, or
  /// `[images, h, w, C]` if not `mirrored`.
  ///
  /// - Parameter onBlock: called after each batch of images; throwing stops the encoding.
  package static func encode(
    _ pictures: PictureSet, _ vae: VAE, mirrored: Bool = true, on compute: Compute, onBlock: () throws -> Void
  ) throws -> Tensor {
    let channels = vae.configuration.latentChannels
    let factor = vae.configuration.scalingFactor
    let count = max(1, pixelsAtOnce / (pictures.size * pictures.size))
    var parts: [Tensor] = []
    for flip in mirrored ? [false, true] : [false] {
      for start in stride(from: 0, to: pictures.count, by: count) {
        let indices = Array(start..<min(start + count, pictures.count))
        let moments = try vae.encoder()(pictures.tensor(indices, flips: indices.map { _ in flip }), on: compute)
        parts.append(compute.scale(compute.channels(0..<channels, of: moments), by: factor))
        try onBlock()
      }
    }
    return Tensor.concatenated(parts)
  }

  /// The pixels of all pictures that run through the encoder together: sixteen of 64×64, one of 256×256 or more. A
  /// picture of 512×512 needs some GiB.
  private static let pixelsAtOnce = 1 << 16

  /// Returns the latents from the cache, or encodes the images and fills the cache.
  ///
  /// - Throws: `CheckpointError` if the autoencoder cannot be loaded, `FileError` if the cache cannot be written.
  package static func cached(
    _ pictures: PictureSet, _ model: AdaptedModel, in cache: TensorCache, on compute: Compute,
    onBlock: () throws -> Void = {}
  ) throws -> Tensor {
    try cache.tensors(
      ["latents"], of: pictures, by: ["vae": model.vaeFile], variant: model.isFromBase(.vae) ? model.base.variant : nil
    ) {
      [try encode(pictures, try model.autoencoder(), on: compute, onBlock: onBlock)]
    }[0]
  }

  /// Hidden states of texts: `[texts, L, width]`.
  package static func contexts(
    _ texts: [String], _ tokenizer: CLIPTokenizer, _ encoder: CLIPTextEncoder, on compute: Compute
  ) throws -> Tensor {
    let length = encoder.configuration.positions
    let parts = try texts.map { text -> Tensor in
      let embeddings = try encoder.embed(tokenizer.row(text, length: length).ids, on: compute)
      return encoder(embeddings.reshaped([1] + embeddings.shape), on: compute)
    }
    return Tensor.concatenated(parts)
  }
}
