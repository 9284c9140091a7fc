import CCLIPVocabulary
import Checkpoints
import Files

/// The ids of a byte-pair encoding's tokens and its merges, as one of the forms of a tokenizer's files holds them.
struct BytePairTables: Sendable {
  struct Merge: Sendable {
    let left: String
    let right: String
    /// The line or the position in its file, counted from 1.
    let number: Int
  }

  static let wordEnd = "</w>"
  /// The id of each token.
  let vocabulary: [String: Int]
  /// In the order in which they apply.
  let merges: [Merge]
  /// The files that errors name.
  let vocabularyFile: String
  let mergesFile: String
  /// What a merge is called in its file.
  let unit: String

  /// - Parameter merges: the numbered merges in text form, two tokens separated by one space.
  /// - Throws: `CheckpointError` naming the token or the merge.
  init(
    _ vocabulary: [String: Int], in vocabularyFile: String, merges: [(number: Int, text: String)],
    in mergesFile: String, unit: String
  ) throws {
    try self.init(
      vocabulary, in: vocabularyFile,
      merges: merges.map { number, text in
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 2 else {
          throw CheckpointError(
            .malformed, file: mergesFile, "\(unit) \(number) '\(text)' does not have two tokens separated by one space")
        }
        return Merge(left: String(parts[0]), right: String(parts[1]), number: number)
      }, in: mergesFile, unit: unit)
  }

  init(
    _ vocabulary: [String: Int], in vocabularyFile: String, merges: [Merge], in mergesFile: String, unit: String
  ) throws {
    var owners: [Int: String] = [:]
    for (token, id) in vocabulary {
      guard (0..<(1 << 24)).contains(id) else {
        throw CheckpointError(
          .malformed, file: vocabularyFile,
          "gives the token '\(token)' the id \(id), which is not between 0 and 16777215")
      }
      if let other = owners.updateValue(token, forKey: id) {
        let pair = [token, other].sorted()
        throw CheckpointError(
          .malformed, file: vocabularyFile, "gives the tokens '\(pair[0])' and '\(pair[1])' the same id, \(id)")
      }
    }
    self.vocabulary = vocabulary
    self.merges = merges
    self.vocabularyFile = vocabularyFile
    self.mergesFile = mergesFile
    self.unit = unit
  }

  /// Reads `vocab.json` and `merges.txt`.
  init(folder: String) throws {
    let vocabulary: [String: Int] = try ConfigFile.read(from: "\(folder)/vocab.json")
    let merges = "\(folder)/merges.txt"
    try self.init(
      vocabulary, in: "\(folder)/vocab.json", merges: Self.numbered(try ConfigFile.lines(of: merges)), in: merges,
      unit: "line")
  }

  /// The encoding that all published Stable Diffusion 1.x and 2.x models use.
  ///
  /// Its vocabulary follows from its merges: the bytes, the bytes at the end of a word, the result of each merge, and
  /// the begin and the end token.
  static func clip() throws -> BytePairTables {
    let name = "CLIP's vocabulary in this program"
    let text = String(decoding: UnsafeBufferPointer(start: clip_merges(), count: clip_merges_count()), as: UTF8.self)
    let lines = numbered(text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
    let alphabet = ByteAlphabet.order.map { String(ByteAlphabet.characters[Int($0)]) }
    var tokens = alphabet + alphabet.map { $0 + wordEnd }
    tokens += lines.map { $0.text.replacing(" ", with: "") }
    tokens += [SpecialTokenIDs.beginContent, SpecialTokenIDs.endContent]
    return try BytePairTables(
      Dictionary(tokens.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { first, _ in first }),
      in: name, merges: lines, in: name, unit: "line")
  }

  /// The merges among a file's lines, without its version and empty lines.
  private static func numbered(_ lines: [String]) -> [(number: Int, text: String)] {
    lines.enumerated().compactMap { index, line in
      line.isEmpty || index == 0 && line.hasPrefix("#version") ? nil : (index + 1, line)
    }
  }
}
