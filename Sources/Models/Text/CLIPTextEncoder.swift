package import Checkpoints
package import Engine

/// CLIP's text transformer: transformers' `CLIPTextModel`.
package struct CLIPTextEncoder: Sendable {
  package let configuration: CLIPTextConfiguration
  /// `[vocabulary, width]`.
  private let tokens: Tensor
  /// `[positions, width]`.
  private let positions: Tensor
  private let layers: [CLIPLayer]
  private let norm: LayerNorm

  /// Reads the tower out of `weights`; the caller checks that nothing is left over.
  package init(_ weights: Weights, _ configuration: CLIPTextConfiguration) throws {
    self.configuration = configuration
    // transformers before 5.0 wrote the tower's names with a prefix, also when it stood alone.
    let plain = "embeddings.token_embedding.weight"
    let prefix = weights.contains(plain) ? "" : "text_model."
    let width = configuration.tower.width
    tokens = try weights.tensor(prefix + plain, [configuration.vocabulary, width])
    positions = try weights.tensor("\(prefix)embeddings.position_embedding.weight", [configuration.positions, width])
    layers = try (0..<configuration.tower.layers).map {
      try CLIPLayer(weights, "\(prefix)encoder.layers.\($0)", configuration.tower)
    }
    norm = try LayerNorm(weights, "\(prefix)final_layer_norm", width, epsilon: configuration.tower.epsilon)
  }

  /// The input embeddings of token ids, before positions are added: `[ids, width]`.
  ///
  /// - Throws: `ModelInputError` where an id lies outside the vocabulary.
  package func embed(_ ids: [Int]) throws -> Tensor {
    let width = configuration.tower.width
    let result = Tensor(uninitialized: [ids.count, width])
    for (row, id) in ids.enumerated() {
      guard (0..<configuration.vocabulary).contains(id) else {
        throw ModelInputError(
          description: "token id \(id) lies outside the text encoder's vocabulary of \(configuration.vocabulary): "
            + "the folder's tokenizer belongs to another model")
      }
      (result.mutablePointer + row * width).update(from: tokens.pointer + id * width, count: width)
    }
    return result
  }

  /// - Parameter embeddings: `[N, L, width]` as `embed` gives them, some perhaps replaced; L ≤ positions.
  /// - Returns: the last hidden states after the final normalisation, `[N, L, width]`.
  package func callAsFunction(_ embeddings: Tensor, on compute: Compute) -> Tensor {
    let (samples, length, width) = (embeddings.shape[0], embeddings.shape[1], embeddings.shape[2])
    let place = positions.slice(0..<length)
    let placed = compute.add(
      embeddings, Tensor.concatenated(Array(repeating: place, count: samples)).reshaped([samples, length, width]))
    return norm(layers.reduce(placed) { $1($0, causal: true, on: compute) }, on: compute)
  }
}
