/// The files that a request adds to its model's networks. They are merged when the model is loaded.
package struct Additions: Hashable, Sendable {
  /// Replaces the model's VAE.
  package var vae: AddedFile?
  /// Added to the weights in this order.
  package var loras: [LoRAUse]
  package var embeddings: [EmbeddingUse]

  package static let none = Additions()

  package init(vae: AddedFile? = nil, loras: [LoRAUse] = [], embeddings: [EmbeddingUse] = []) {
    self.vae = vae
    self.loras = loras
    self.embeddings = embeddings
  }

  /// All files: the VAE, the LoRAs, the embeddings.
  package var files: [AddedFile] { [vae].compactMap(\.self) + loras.map(\.file) + embeddings.map(\.file) }

  /// Each file in a few words, with its digest if it is known.
  package var words: [String] {
    func words(_ what: String, _ file: AddedFile, _ detail: String) -> String {
      "\(what) \(file.path)\(detail)\(file.sha256.map { " (SHA-256 \($0.prefix(12))…)" } ?? "")"
    }
    return (vae.map { [words("the VAE", $0, "")] } ?? [])
      + loras.map { words("the LoRA", $0.file, $0.weight == 0 ? ":0.0, which changes nothing" : ":\($0.weight)") }
      + embeddings.map { words("the embedding", $0.file, $0.token.map { ":\($0)" } ?? "") }
  }

  /// The same additions with each file replaced in the order of ``files``, for example by the same file with its digest.
  package func map<E: Error>(_ change: (AddedFile) throws(E) -> AddedFile) throws(E) -> Additions {
    var result = Additions()
    if let vae { result.vae = try change(vae) }
    for use in loras { result.loras.append(LoRAUse(file: try change(use.file), weight: use.weight)) }
    for use in embeddings { result.embeddings.append(EmbeddingUse(file: try change(use.file), token: use.token)) }
    return result
  }
}

/// A LoRA with the factor of its change. Its coded form is one object: the file's keys and `weight`.
package struct LoRAUse: Codable, Hashable, Sendable {
  private let path: String
  private let sha256: String?
  package let weight: Double

  package init(file: AddedFile, weight: Double = 1) {
    (path, sha256) = (file.path, file.sha256)
    self.weight = weight
  }

  /// Parses `FILE[:WEIGHT]`; nil if the file is missing.
  ///
  /// What follows the last colon is a weight if it is a number, otherwise it belongs to the file's name.
  package init?(parsing text: String) {
    var (path, weight) = (text, 1.0)
    if let colon = text.lastIndex(of: ":"), let number = Double(text[text.index(after: colon)...]) {
      (path, weight) = (String(text[..<colon]), number)
    }
    guard !path.isEmpty else { return nil }
    self.init(file: AddedFile(path: path), weight: weight)
  }

  package var file: AddedFile { AddedFile(path: path, sha256: sha256) }

  /// The form that ``init(parsing:)`` reads.
  package var written: String { "\(path):\(weight)" }
}

/// A textual inversion: learned input embeddings with the token that stands for them in prompts. Its coded form is one
/// object: the file's keys and `token`.
package struct EmbeddingUse: Codable, Hashable, Sendable {
  private let path: String
  private let sha256: String?
  /// nil for the token that the file itself names.
  package let token: String?

  package init(file: AddedFile, token: String? = nil) {
    (path, sha256) = (file.path, file.sha256)
    self.token = token
  }

  /// Parses `FILE[:TOKEN]`; nil if the file is missing or the token contains white space.
  ///
  /// What follows the last colon is the token unless it contains a slash; an empty token is none.
  package init?(parsing text: String) {
    var (path, token) = (text, "")
    if let colon = text.lastIndex(of: ":"), !text[colon...].contains("/") {
      (path, token) = (String(text[..<colon]), String(text[text.index(after: colon)...]))
    }
    guard !path.isEmpty, !token.contains(where: \.isWhitespace) else { return nil }
    self.init(file: AddedFile(path: path), token: token.isEmpty ? nil : token)
  }

  package var file: AddedFile { AddedFile(path: path, sha256: sha256) }

  /// The form that ``init(parsing:)`` reads.
  package var written: String { "\(path):\(token ?? "")" }
}
