import Checkpoints
package import Engine
package import Models
import Vocabulary

/// A trained encoder's outputs for a set of images, without mirroring.
package struct EncodedPictures: Sendable {
  /// Raw emotion vectors: `[images, D]`.
  package let vectors: Tensor
  /// Softmax probabilities of the classes: `[images, classes]`.
  package let probabilities: Tensor

  private init(vectors: Tensor, probabilities: Tensor) {
    self.vectors = vectors
    self.probabilities = probabilities
  }

  /// Reads the outputs from the cache, or encodes the images and fills the cache.
  ///
  /// - Parameter folder: the encoder's folder.
  /// - Throws: `CheckpointError` if the encoder cannot be loaded, `FileError` if the cache cannot be written.
  package static func cached(
    _ pictures: PictureSet, encoder folder: String, in cache: TensorCache, on compute: Compute,
    onBlock: () throws -> Void = {}
  ) throws -> EncodedPictures {
    let tensors = try cache.tensors(
      ["vectors", "probabilities"], of: pictures, by: ["encoder": AddedFile(path: folder)]
    ) {
      let network = try ResNetClassifier(
        .open(folder: folder), ResNetConfiguration(file: "\(folder)/config.json"))
      let encoded = try EncodedPictures(pictures, network, on: compute, onBlock: onBlock)
      return [encoded.vectors, encoded.probabilities]
    }
    return EncodedPictures(vectors: tensors[0], probabilities: tensors[1])
  }

  /// - Parameter onBlock: called after each batch of images; throwing stops the encoding.
  package init(
    _ pictures: PictureSet, _ encoder: ResNetClassifier, on compute: Compute, onBlock: () throws -> Void
  ) rethrows {
    let configuration = encoder.configuration
    let set = PictureSet(pictures.pictures, size: configuration.imageSize)
    var vectors: [Tensor] = []
    var probabilities: [Tensor] = []
    for start in stride(from: 0, to: set.count, by: 32) {
      let pixels = set.tensor(
        Array(start..<min(start + 32, set.count)), mean: Array(repeating: configuration.mean, count: 3),
        deviation: Array(repeating: configuration.deviation, count: 3))
      let embeddings = encoder.embed(pixels, on: compute)
      vectors.append(embeddings)
      probabilities.append(compute.softmax(encoder.classify(embeddings, on: compute)))
      try onBlock()
    }
    self.vectors = Tensor.concatenated(vectors)
    self.probabilities = Tensor.concatenated(probabilities)
  }
}
