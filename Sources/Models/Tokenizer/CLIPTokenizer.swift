import Checkpoints
import Foundation

/// CLIP's tokenizer: lower-cased byte-level byte-pair encoding, the same tokens as transformers' `CLIPTokenizer`.
package struct CLIPTokenizer: Sendable {
  package let special: SpecialTokenIDs
  /// Positions of a context, begin and end included.
  package let maxLength: Int
  private let encoder: BytePairEncoder
  /// Tokens that are found in the text before it is split into words, as typed and after normalization.
  private let typed: [(scalars: [Unicode.Scalar], id: Int)]
  private let normalized: [(scalars: [Unicode.Scalar], id: Int)]

  /// Reads `vocab.json` and `merges.txt`, and `tokenizer_config.json` and `special_tokens_map.json` where they are.
  ///
  /// Throws `CheckpointError` that names the file and the line or key.
  package init(folder: String) throws {
    let config = try CLIPTokenizerConfig(folder: folder)
    let encoder = try BytePairEncoder(folder: folder, unknown: config.unknown.content)
    func id(_ token: SpecialToken) throws -> Int {
      guard let id = encoder.vocabulary[token.content], !token.content.isEmpty else {
        throw CheckpointError(
          .malformed, file: "\(folder)/vocab.json",
          "lacks the special token '\(token.content)': tokenizer_config.json belongs to another vocabulary")
      }
      return id
    }
    special = try SpecialTokenIDs(begin: id(config.begin), end: id(config.end), pad: id(config.pad))
    maxLength = config.maxLength
    let found = try config.special.map { (token: $0, scalars: Array($0.content.unicodeScalars), id: try id($0)) }
      .sorted { $0.scalars.count > $1.scalars.count }
    typed = found.filter { !$0.token.isNormalized }.map { ($0.scalars, $0.id) }
    normalized = found.filter { $0.token.isNormalized }.map { (Self.normalize($0.scalars[...]), $0.id) }
    self.encoder = encoder
  }

  /// The tokens of `text`, without begin and end and of any length.
  ///
  /// Special tokens inside the text are tokens, as in transformers.
  package func encode(_ text: String) -> [Int] {
    var tokens: [Int] = []
    Self.split(Array(text.unicodeScalars)[...], at: typed, special: { tokens.append($0) }) { part in
      Self.split(Self.normalize(part)[...], at: normalized, special: { tokens.append($0) }) { part in
        CLIPWords.forEach(in: part) { word in
          var bytes: [UInt8] = []
          for scalar in part[word] { bytes += UTF8.encode(scalar).map(Array.init) ?? [] }
          encoder.encode(bytes, into: &tokens)
        }
      }
    }
    return tokens
  }

  /// Composed (NFC), then lower-cased scalar by scalar without regard to context. White space separates words and
  /// is otherwise dropped, so it is left as it is.
  private static func normalize(_ scalars: ArraySlice<Unicode.Scalar>) -> [Unicode.Scalar] {
    if scalars.allSatisfy(\.isASCII) {
      return scalars.map { $0.properties.isUppercase ? Unicode.Scalar(UInt8($0.value) + 32) : $0 }
    }
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return String(text).precomposedStringWithCanonicalMapping.unicodeScalars
      .flatMap { $0.properties.lowercaseMapping.unicodeScalars }
  }

  /// Calls `special` for each special token in `text` and `rest` for what lies between, in order.
  private static func split(
    _ text: ArraySlice<Unicode.Scalar>, at tokens: [(scalars: [Unicode.Scalar], id: Int)],
    special: (Int) -> Void, rest: (ArraySlice<Unicode.Scalar>) -> Void
  ) {
    var start = text.startIndex
    var position = start
    while position < text.endIndex {
      guard let token = tokens.first(where: { text[position...].starts(with: $0.scalars) }) else {
        position += 1
        continue
      }
      if start < position { rest(text[start..<position]) }
      special(token.id)
      position += token.scalars.count
      start = position
    }
    if start < text.endIndex { rest(text[start...]) }
  }
}
