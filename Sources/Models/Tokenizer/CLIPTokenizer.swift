import Checkpoints
import Files
import Foundation

/// CLIP's tokenizer: byte-level byte-pair encoding of lower-cased text, with the same tokens as transformers'
/// `CLIPTokenizer`.
package struct CLIPTokenizer: Sendable {
  package let special: SpecialTokenIDs
  /// Number of positions of a context, including the begin and end tokens.
  package let maxLength: Int
  private let encoder: BytePairEncoder
  /// Special tokens that are searched for before the text is split into words: in the text as typed and in the
  /// normalized text.
  private let typed: [(scalars: [Unicode.Scalar], id: Int)]
  private let normalized: [(scalars: [Unicode.Scalar], id: Int)]

  /// Reads `vocab.json` and `merges.txt`, and `tokenizer_config.json` and `special_tokens_map.json` if present.
  ///
  /// - Throws: `CheckpointError` naming the file and the line or key.
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

  /// The tokens of `text`, without begin and end tokens and without a limit of length.
  ///
  /// Special tokens written in the text are recognised, as in transformers.
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

  /// Composes to NFC, then lower-cases each scalar without regard to context. White space is left as it is, because it
  /// only separates words.
  private static func normalize(_ scalars: ArraySlice<Unicode.Scalar>) -> [Unicode.Scalar] {
    if scalars.allSatisfy(\.isASCII) {
      return scalars.map { $0.properties.isUppercase ? Unicode.Scalar(UInt8($0.value) + 32) : $0 }
    }
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return String(text).precomposedStringWithCanonicalMapping.unicodeScalars
      .flatMap { $0.properties.lowercaseMapping.unicodeScalars }
  }

  /// Calls `special` for each special token in `text` and `rest` for the text between them, in order.
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
