package import Checkpoints
package import Engine
import Files
package import Models
package import Vocabulary

/// A base model with the LoRAs and embeddings that a request adds to it.
package struct AdaptedModel: Sendable {
  private let base: BaseModel
  private let merge: LoRAMerge?
  private let inversions: [TextualInversion]

  /// A base model to which nothing is added.
  package init(_ base: BaseModel) { (self.base, merge, inversions) = (base, nil, []) }

  /// Opens the added files and checks that each of their tensors has its place in the model.
  ///
  /// - Parameters:
  ///   - additions: with digests; the VAE is not read here.
  ///   - compute: merges LoRAs into the weights while they are read.
  /// - Throws: `CheckpointError` naming the file, and the tensors or shapes that do not fit.
  package init(_ base: BaseModel, _ additions: Additions, on compute: Compute) throws {
    self.base = base
    merge =
      try additions.loras.isEmpty
      ? nil
      : LoRAMerge(
        additions.loras.map { (try LoRAFile($0.file.path), $0.weight) },
        into: [ModelPart.unet, .textEncoder].map { ($0, try base.weights($0)) }, on: compute)
    inversions = try additions.embeddings.map { try TextualInversion($0.file.path, token: $0.token) }
    let (width, positions) = (base.text.tower.width, base.text.positions)
    for inversion in inversions {
      let (count, own) = (inversion.vectors.shape[0], inversion.vectors.channels)
      guard own == width else {
        throw CheckpointError(
          .misshapen, file: inversion.path,
          "its vectors are \(own) wide, but the text encoder's embeddings are \(width) wide: "
            + "the embedding is made for another family of models")
      }
      guard count <= positions - 2 else {
        throw CheckpointError(
          .unsupported, file: inversion.path,
          "has \(count) vectors, but a prompt has room for \(positions - 2): use an embedding with fewer")
      }
    }
  }

  /// Opens the weights of one part, which the LoRAs change while they are read.
  ///
  /// - Throws: `CheckpointError` naming the file and its problem.
  package func weights(_ part: ModelPart) throws -> Weights {
    let weights = try base.weights(part)
    return merge?.adjustment(of: part).map { weights.adjusted(by: [$0]) } ?? weights
  }

  /// The tokenizer with the tokens of the embeddings, and the encoder with their vectors.
  ///
  /// - Throws: `CheckpointError` naming the embedding whose token the tokenizer already has.
  package func words(_ encoder: CLIPTextEncoder) throws -> (tokenizer: CLIPTokenizer, encoder: CLIPTextEncoder) {
    var (tokenizer, encoder) = (try base.tokenizer(), encoder)
    for inversion in inversions {
      let ids: Range<Int>
      (tokenizer, ids) = try tokenizer.adding(
        inversion.token, vectors: inversion.vectors.shape[0], from: inversion.path)
      encoder = try encoder.embedding(inversion.vectors, at: ids)
    }
    return (tokenizer, encoder)
  }
}
