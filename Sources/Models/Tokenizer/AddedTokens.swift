import Checkpoints
import Files

/// The added tokens of a tokenizer with their ids, numbered as transformers numbers them: a token of the vocabulary
/// keeps its id, and each other one takes the next id after the vocabulary.
struct AddedTokens: Sendable {
  private let vocabulary: [String: Int]
  private let taken: Set<Int>
  private(set) var tokens: [(token: AddedToken, id: Int)] = []

  init(after vocabulary: [String: Int]) {
    self.vocabulary = vocabulary
    taken = Set(vocabulary.values)
  }

  func id(of content: String) -> Int? {
    vocabulary[content] ?? tokens.first { $0.token.content == content }?.id
  }

  /// The id that the next token outside the vocabulary takes.
  var next: Int {
    let last = tokens.map(\.id).max() ?? -1
    return max(last + 1, vocabulary.count)
  }

  /// Adds a token. The flags of a token that is added again replace the earlier ones.
  ///
  /// - Throws: `CheckpointError` naming `file` if the id belongs to a token of the vocabulary.
  @discardableResult
  mutating func add(_ token: AddedToken, file: String) throws -> Int {
    guard !token.content.isEmpty else {
      throw CheckpointError(.malformed, file: file, "adds a token without characters: remove it")
    }
    if let position = tokens.firstIndex(where: { $0.token.content == token.content }) {
      tokens[position].token = token
      return tokens[position].id
    }
    let id = vocabulary[token.content] ?? next
    guard vocabulary[token.content] != nil || !taken.contains(id) else {
      throw CheckpointError(
        .malformed, file: file,
        "adds the token '\(token.content)' as number \(id), which the vocabulary uses for another token: "
          + "the vocabulary has gaps. Save the tokenizer again")
    }
    tokens.append((token, id))
    return id
  }
}
