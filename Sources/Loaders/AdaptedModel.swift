package import Checkpoints
package import Engine
import Files
package import Models
package import Vocabulary

/// A base model with the VAE, LoRAs and embeddings that a request or a training adds to it.
package struct AdaptedModel: Sendable {
  package let base: BaseModel
  /// The VAE that replaces the model's.
  private let added: AddedVAE?
  /// The file or folder of the VAE; an added one has the digest that the additions give it.
  package let vaeFile: AddedFile
  private let merge: LoRAMerge?
  private let inversions: [TextualInversion]

  /// A base model to which nothing is added.
  package init(_ base: BaseModel) {
    (self.base, added, vaeFile, merge, inversions) = (base, nil, Self.ownVAE(of: base), nil, [])
  }

  /// Opens the added files and checks that each of their tensors has its place in the model.
  ///
  /// - Parameters:
  ///   - additions: files whose digests the caller has checked.
  ///   - compute: merges LoRAs into the weights while they are read.
  /// - Throws: `CheckpointError` naming the file, and the tensors or shapes that do not fit.
  package init(_ base: BaseModel, _ additions: Additions, on compute: Compute) throws {
    self.base = base
    added = try additions.vae.map { try AddedVAE($0.path) }
    try added?.check(for: base)
    vaeFile = additions.vae ?? Self.ownVAE(of: base)
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

  private static func ownVAE(of base: BaseModel) -> AddedFile {
    AddedFile(path: "\(base.path)/\(ModelPart.vae.rawValue)")
  }

  /// Whether the files of the base model hold the weights of a part, not those of an added VAE.
  package func isFromBase(_ part: ModelPart) -> Bool { part != .vae || added == nil }

  /// Opens the weights of one part, which the LoRAs change while they are read.
  ///
  /// - Throws: `CheckpointError` naming the file and its problem.
  package func weights(_ part: ModelPart) throws -> Weights {
    if part == .vae, let added { return try added.weights() }
    let weights = try base.weights(part)
    return merge?.adjustment(of: part).map { weights.adjusted(by: [$0]) } ?? weights
  }

  package var vae: AutoencoderConfiguration { added?.configuration ?? base.vae }

  /// What the added files hold and the model does not use, in sentences.
  package var notes: [String] { [added?.note].compactMap { $0 } }

  /// The tokens of the embeddings.
  package var tokens: [String] { inversions.map(\.token) }

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
