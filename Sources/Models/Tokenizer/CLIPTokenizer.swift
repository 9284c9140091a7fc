import Checkpoints
import Files
import Foundation

/// CLIP's tokenizer: byte-level byte-pair encoding of lower-cased text, with the same tokens as transformers'
/// `CLIPTokenizer`.
package struct CLIPTokenizer: Sendable {
  package let special: SpecialTokenIDs
  /// Number of positions of a context, including the begin and end tokens.
  package let maxLength: Int
  private let tables: BytePairTables
  private let encoder: BytePairEncoder
  private let added: AddedTokens
  /// Added tokens that are searched for in the text as typed, and in the normalized text.
  private let typed: AddedTokenSearch
  private let normalized: AddedTokenSearch
  /// The ids of all vectors of tokens that stand for several, by the token's own id.
  private let vectors: [Int: Range<Int>]

  /// - Throws: `CheckpointError` naming the file and the line or key.
  package init(folder: String) throws { try self.init(TokenizerFiles(folder: folder)) }

  /// - Throws: `CheckpointError` naming the file and the merge, or the token that the vocabulary lacks.
  package init(_ files: TokenizerFiles) throws {
    let (tables, config) = (files.tables, files.config)
    for token in [config.unknown, config.begin, config.end] where tables.vocabulary[token.content] == nil {
      throw CheckpointError(
        .malformed, file: tables.vocabularyFile,
        "lacks the token '\(token.content)': \(config.file) belongs to another vocabulary")
    }
    var added = AddedTokens(after: tables.vocabulary)
    for (id, token) in config.declared {
      let given = try added.add(token, file: config.file)
      guard given == id else {
        throw CheckpointError(
          .unsupported, file: config.file,
          "gives the added token '\(token.content)' the id \(id), but it is number \(given) of this vocabulary: save "
            + "the tokenizer again with the added tokens numbered after the vocabulary")
      }
    }
    let declared = Set(config.declared.map(\.token.content))
    for token in (config.named + config.ownNames).map(\.token) + config.extra where !declared.contains(token.content) {
      try added.add(token, file: config.file)
    }
    func id(_ token: AddedToken) throws -> Int {
      guard let id = added.id(of: token.content) else {
        throw CheckpointError(.malformed, file: config.file, "does not give the token '\(token.content)' an id")
      }
      return id
    }
    try self.init(
      special: SpecialTokenIDs(begin: id(config.begin), end: id(config.end), pad: id(config.pad)),
      maxLength: config.maxLength, tables, BytePairEncoder(tables, unknown: id(config.unknown)), added)
  }

  private init(
    special: SpecialTokenIDs, maxLength: Int, _ tables: BytePairTables, _ encoder: BytePairEncoder,
    _ added: AddedTokens, vectors: [Int: Range<Int>] = [:]
  ) {
    self.vectors = vectors
    self.special = special
    self.maxLength = maxLength
    self.tables = tables
    self.encoder = encoder
    self.added = added
    typed = AddedTokenSearch(added.tokens.filter { !$0.token.isNormalized }) { Array($0.unicodeScalars) }
    normalized = AddedTokenSearch(added.tokens.filter { $0.token.isNormalized }) {
      Self.normalize(Array($0.unicodeScalars)[...])
    }
  }

  /// The tokenizer with a further token that stands for one or several vectors, such as that of a textual inversion,
  /// and their ids.
  ///
  /// The vectors after the first are the tokens `TOKEN_1`, `TOKEN_2` …; the token itself is encoded as all of them. They
  /// are searched for in the normalized text, as transformers' `add_tokens` adds strings. Source: diffusers'
  /// `load_textual_inversion` and `maybe_convert_prompt`.
  ///
  /// - Parameters:
  ///   - count: the number of vectors, at least 1.
  ///   - origin: the file that the token comes from, for errors.
  /// - Throws: `CheckpointError` if a token is empty or already known.
  package func adding(
    _ token: String, vectors count: Int, from origin: String
  ) throws -> (tokenizer: CLIPTokenizer, ids: Range<Int>) {
    var added = added
    let first = added.next
    for content in [token] + (1..<max(1, count)).map({ "\(token)_\($0)" }) {
      guard added.id(of: content) == nil else {
        throw CheckpointError(
          .malformed, file: origin,
          "adds the token '\(content)', which the tokenizer already has: name another one, as in FILE:TOKEN")
      }
      try added.add(AddedToken(content: content, isNormalized: true), file: origin)
    }
    let ids = first..<added.next
    let vectors = self.vectors.merging([first: ids]) { $1 }
    return (CLIPTokenizer(special: special, maxLength: maxLength, tables, encoder, added, vectors: vectors), ids)
  }

  /// The id of a token of the vocabulary or an added one; nil if there is none.
  package func id(of content: String) -> Int? { added.id(of: content) }

  /// The tokens of `text`, without begin and end tokens and without a limit of length.
  ///
  /// Added tokens written in the text are recognised, as in transformers; one that stands for several vectors is encoded
  /// as all of them.
  package func encode(_ text: String) -> [Int] {
    let tokens = encodeFirstVectors(text)
    return vectors.isEmpty ? tokens : tokens.flatMap { Array(vectors[$0] ?? $0..<$0 + 1) }
  }

  /// The tokens of a text as diffusers' pipelines encode it: an added token that stands for several vectors is encoded as
  /// all of them only where the text has exactly its characters. In other writings, for example in capitals, transformers
  /// finds it too, and it stands for its first vector.
  ///
  /// Source: diffusers' `maybe_convert_prompt`.
  ///
  /// - Returns: the tokens, and the added tokens that stand for their first vector alone.
  package func encodeLiterally(_ text: String) -> (tokens: [Int], shortened: [String]) {
    let found = encodeFirstVectors(text)
    let several = Set(found).filter { (vectors[$0]?.count ?? 1) > 1 }.sorted()
    guard !several.isEmpty else { return (found, []) }
    let contents = Dictionary(added.tokens.map { ($0.id, $0.token.content) }, uniquingKeysWith: { first, _ in first })
    var scalars = Array(text.unicodeScalars)
    for id in several {
      let written = (vectors[id] ?? id..<id + 1).compactMap { contents[$0] }
      scalars.replace(Array(written[0].unicodeScalars), with: Array(written.joined(separator: " ").unicodeScalars))
    }
    var whole = String.UnicodeScalarView()
    whole.append(contentsOf: scalars)
    let tokens = encodeFirstVectors(String(whole))
    let shortened = several.filter { id in
      tokens.indices.contains { tokens[$0] == id && (tokens.endIndex == $0 + 1 || tokens[$0 + 1] != id + 1) }
    }
    return (tokens, shortened.compactMap { contents[$0] })
  }

  private func encodeFirstVectors(_ text: String) -> [Int] {
    var tokens: [Int] = []
    func append(_ id: Int) { tokens.append(id) }
    typed.split(Array(text.unicodeScalars)[...], found: append) { part in
      normalized.split(Self.normalize(part)[...], found: append) { part in
        CLIPWords.forEach(in: part) { word in
          var bytes: [UInt8] = []
          for scalar in part[word] { bytes += UTF8.encode(scalar).map(Array.init) ?? [] }
          encoder.encode(bytes, into: &tokens)
        }
      }
    }
    return tokens
  }

  /// The text that tokens stand for, with one space after each word.
  package func text(of ids: some Sequence<Int>) -> String {
    var contents = Dictionary(tables.vocabulary.map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first })
    for (token, id) in added.tokens where contents[id] == nil { contents[id] = token.content }
    let known = Set(added.tokens.map(\.id))
    var bytes: [UInt8] = []
    for id in ids {
      guard let content = contents[id] else { continue }
      if known.contains(id) {
        bytes += Array(content.utf8) + [UInt8(ascii: " ")]
        continue
      }
      let endsWord = content.hasSuffix(BytePairTables.wordEnd)
      let letters = endsWord ? content.dropLast(BytePairTables.wordEnd.count) : content[...]
      bytes += letters.compactMap { ByteAlphabet.bytes[$0] }
      if endsWord { bytes.append(UInt8(ascii: " ")) }
    }
    return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespaces)
  }

  /// Composes to NFC, replaces white space by single spaces, then lower-cases each scalar without regard to context.
  private static func normalize(_ scalars: ArraySlice<Unicode.Scalar>) -> [Unicode.Scalar] {
    guard scalars.allSatisfy(\.isASCII) else {
      var text = String.UnicodeScalarView()
      text.append(contentsOf: scalars)
      return collapsed(String(text).precomposedStringWithCanonicalMapping.unicodeScalars)
        .flatMap { $0.properties.lowercaseMapping.unicodeScalars }
    }
    return collapsed(scalars).map { $0.properties.isUppercase ? Unicode.Scalar(UInt8($0.value) + 32) : $0 }
  }

  private static func collapsed(_ scalars: some Sequence<Unicode.Scalar>) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    var isSpace = false
    for scalar in scalars {
      let wasSpace = isSpace
      isSpace = scalar.properties.isWhitespace
      if !isSpace { result.append(scalar) } else if !wasSpace { result.append(" ") }
    }
    return result
  }
}
