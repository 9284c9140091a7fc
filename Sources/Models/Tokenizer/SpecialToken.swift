/// A special token in `tokenizer_config.json`: a string, or an object with flags.
struct SpecialToken: Decodable, Equatable, Sendable {
  let content: String
  /// Whether the token is searched for in the normalized (lower-cased) text, so that its case does not matter, or in
  /// the text as typed.
  let isNormalized: Bool

  private enum CodingKeys: String, CodingKey {
    case content
    case isNormalized = "normalized"
  }

  init(_ content: String, isNormalized: Bool = false) {
    self.content = content
    self.isNormalized = isNormalized
  }

  init(from decoder: any Decoder) throws {
    if let content = try? decoder.singleValueContainer().decode(String.self) {
      self.init(content)
    } else {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      self.init(
        try container.decode(String.self, forKey: .content),
        isNormalized: try container.decodeIfPresent(Bool.self, forKey: .isNormalized) ?? false)
    }
  }
}
