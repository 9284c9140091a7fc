import Files
import Models
import Vocabulary

/// A prompt's tokens in chunks, each of which the text encoder encodes by itself.
struct Prompt: Sendable, Equatable {
  /// The tokens between a begin and an end token, each with the weight of its hidden state.
  struct Chunk: Sendable, Equatable {
    var tokens: [Int] = []
    var weights: [Float] = []

    mutating func append(_ token: Int, _ weight: Float) {
      tokens.append(token)
      weights.append(weight)
    }
  }

  /// At least one; the emotion tokens stand before the words of the first.
  private(set) var chunks: [Chunk] = []
  /// The tokens that are not encoded, because literal prompts have one chunk.
  private(set) var cut: [Int] = []
  /// The tokens of embeddings with several vectors that the text writes differently, so that they stand for their first
  /// vector.
  private(set) var shortened: [String] = []
  let emotions: Int
  /// Number of positions of a chunk, including its begin and end token.
  let length: Int

  /// A chunk ends after a comma that lies at most this many tokens before its end.
  ///
  /// Source: the default of AUTOMATIC1111's option `comma_padding_backtrack`.
  private static let commaReach = 20

  /// - Parameters:
  ///   - emotions: number of emotion tokens before the words.
  ///   - length: number of positions of a chunk.
  /// - Throws: `RenderError` if the text is not in the syntax or there is no room for words.
  init(_ text: String, _ syntax: PromptSyntax, emotions: Int = 0, length: Int, _ tokenizer: CLIPTokenizer) throws {
    self.emotions = emotions
    self.length = length
    guard emotions <= length - 2, syntax == .literal || length > 2 else {
      throw RenderError(
        "the text encoder has \(length) positions, too few for \(emotions) emotion tokens and words between the begin "
          + "and the end token")
    }
    switch syntax {
    case .literal:
      let tokens: [Int]
      (tokens, shortened) = tokenizer.encodeLiterally(text)
      let room = length - 2 - emotions
      chunks = [Chunk(tokens: Array(tokens.prefix(room)), weights: tokens.prefix(room).map { _ in 1 })]
      cut = Array(tokens.dropFirst(room))
    case .long:
      var chunk = Chunk()
      for token in tokenizer.encode(text) {
        if chunk.tokens.count == room { end(&chunk) }
        chunk.append(token, 1)
      }
      if chunks.isEmpty || !chunk.tokens.isEmpty { end(&chunk) }
    case .a1111:
      let weighted: WeightedText
      do { weighted = try WeightedText(parsing: text) } catch { throw RenderError(error.description) }
      pack(weighted, tokenizer)
    }
  }

  /// Room for words in the chunk that is being filled.
  private var room: Int { length - 2 - (chunks.isEmpty ? emotions : 0) }

  private mutating func end(_ chunk: inout Chunk) {
    chunks.append(chunk)
    chunk = Chunk()
  }

  /// Fills chunks as AUTOMATIC1111 does: a full chunk ends after its last comma if that is near, and its remaining
  /// tokens begin the next one.
  private mutating func pack(_ text: WeightedText, _ tokenizer: CLIPTokenizer) {
    let comma = tokenizer.id(of: ",</w>")
    var chunk = Chunk()
    var lastComma: Int?
    for part in text.parts {
      guard case .text(let words, let weight) = part else {
        end(&chunk)
        lastComma = nil
        continue
      }
      for token in tokenizer.encode(words) {
        if token == comma {
          lastComma = chunk.tokens.count
        } else if chunk.tokens.count == room, let place = lastComma, room - place <= Self.commaReach {
          var next = Chunk()
          for index in place + 1..<chunk.tokens.count { next.append(chunk.tokens[index], chunk.weights[index]) }
          chunk.tokens.removeSubrange((place + 1)...)
          chunk.weights.removeSubrange((place + 1)...)
          end(&chunk)
          chunk = next
          lastComma = nil
        }
        if chunk.tokens.count == room {
          end(&chunk)
          lastComma = nil
        }
        chunk.append(token, Float(weight))
      }
    }
    if chunks.isEmpty || !chunk.tokens.isEmpty { end(&chunk) }
  }

  /// The row of a chunk for the text encoder; chunks beyond the prompt's own are empty.
  func row(_ index: Int, special: SpecialTokenIDs) throws -> TokenRow {
    let tokens = chunks.indices.contains(index) ? chunks[index].tokens : []
    return try TokenRow(tokens, emotions: index == 0 ? emotions : 0, special: special, length: length)
  }

  /// The weight of each position of a chunk; nil if all are 1.
  func weights(_ index: Int) -> [Float]? {
    guard chunks.indices.contains(index), chunks[index].weights.contains(where: { $0 != 1 }) else { return nil }
    let before = Array(repeating: Float(1), count: 1 + (index == 0 ? emotions : 0))
    let weighted = before + chunks[index].weights
    return weighted + Array(repeating: 1, count: length - weighted.count)
  }
}
