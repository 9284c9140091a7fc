package import Checkpoints
package import Engine
import Files

/// CLIP's text transformer: transformers' `CLIPTextModel`.
package struct CLIPTextEncoder: Sendable {
  package let configuration: CLIPTextConfiguration
  /// `[vocabulary, width]`, with more rows if tokens were added.
  private var tokens: Tensor
  /// `[positions, width]`.
  private let positions: Tensor
  private let layers: [CLIPLayer]
  private let norm: LayerNorm

  /// The tensors of a whole CLIP model, or of older versions of transformers, that the text tower has no place for and
  /// that transformers leaves out.
  package static let leftOut =
    [
      "embeddings.position_ids", "text_projection.weight", "visual_projection.weight", "vision_model.", "logit_scale",
    ] + TrainingLeftover.prefixes

  /// Reads the tower from `weights`; the caller checks that no tensor is left over.
  package init(_ weights: Weights, _ configuration: CLIPTextConfiguration) throws {
    self.configuration = configuration
    // Before version 5.0, transformers wrote the tower's names with a prefix even for a text encoder on its own.
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

  /// The input embeddings of token ids, before position embeddings are added: `[ids, width]`.
  ///
  /// - Throws: `ModelInputError` if an id lies outside the vocabulary.
  package func embed(_ ids: [Int], on compute: Compute) throws -> Tensor {
    for id in ids where !(0..<tokens.shape[0]).contains(id) {
      throw ModelInputError(
        "token id \(id) lies outside the text encoder's vocabulary of \(tokens.shape[0]): "
          + "the folder's tokenizer belongs to another model")
    }
    return compute.gatherRows(tokens, ids)
  }

  /// The encoder with other input embeddings for some ids, such as those of added tokens; the table grows if needed.
  ///
  /// - Parameters:
  ///   - embeddings: `[ids, width]`.
  ///   - ids: ascending and consecutive.
  /// - Throws: `ModelInputError` if there would be ids without an embedding before them.
  package func embedding(_ embeddings: Tensor, at ids: Range<Int>) throws -> CLIPTextEncoder {
    let rows = tokens.shape[0]
    guard ids.lowerBound <= rows else {
      throw ModelInputError(
        "the tokenizer has \(ids.lowerBound) tokens, but the text encoder's vocabulary has \(rows): "
          + "the folder's tokenizer belongs to another model")
    }
    var parts = [tokens.slice(0..<ids.lowerBound), embeddings]
    if ids.upperBound < rows { parts.append(tokens.slice(ids.upperBound..<rows)) }
    var encoder = self
    encoder.tokens = .concatenated(parts)
    return encoder
  }

  /// - Parameters:
  ///   - embeddings: `[N, L, width]` from `embed`, of which some may be replaced; L ≤ positions.
  ///   - skipped: the number of last layers that are left out, as by `clip_skip` of diffusers' pipelines.
  /// - Returns: the hidden states of the last remaining layer after the final normalisation, `[N, L, width]`.
  package func callAsFunction(_ embeddings: Tensor, skipping skipped: Int = 0, on compute: Compute) -> Tensor {
    let placed = compute.addPositions(embeddings, positions)
    let hidden = layers.dropLast(skipped).reduce(placed) { x, layer in
      compute.block([x]) { layer(x, causal: true, on: $0) }
    }
    return norm(hidden, on: compute)
  }
}
