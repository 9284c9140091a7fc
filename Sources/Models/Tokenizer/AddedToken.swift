/// A token that is searched for in the text before the text is split into words, as tokenizer files declare it: a
/// string, or an object with flags.
///
/// The flag `special` is not kept: it only matters where ids are converted to text.
struct AddedToken: Equatable, Sendable {
  let content: String
  /// Whether the token is searched for in the normalized (lower-cased) text, so that its case does not matter, or in
  /// the text as typed.
  var isNormalized = false
  /// Whether the token includes the white space before it, or after it.
  var stripsLeft = false
  var stripsRight = false
  /// Whether the token is found only between characters that do not belong to words.
  var isSingleWord = false
}

extension AddedToken: Decodable {
  private enum CodingKeys: String, CodingKey {
    case content
    case isNormalized = "normalized"
    case stripsLeft = "lstrip"
    case stripsRight = "rstrip"
    case isSingleWord = "single_word"
    case special
  }

  init(from decoder: any Decoder) throws {
    if let content = try? decoder.singleValueContainer().decode(String.self) {
      self.init(content: content)
      return
    }
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func flag(_ key: CodingKeys) throws -> Bool? { try container.decodeIfPresent(Bool.self, forKey: key) }
    self.init(
      content: try container.decode(String.self, forKey: .content),
      isNormalized: try flag(.isNormalized) ?? !(flag(.special) ?? false),
      stripsLeft: try flag(.stripsLeft) ?? false,
      stripsRight: try flag(.stripsRight) ?? false,
      isSingleWord: try flag(.isSingleWord) ?? false)
  }
}
