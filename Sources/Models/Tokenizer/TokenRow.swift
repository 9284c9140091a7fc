/// The token ids of one context: begin token, places of emotion tokens, words, end token, padding.
///
/// Every row that a text encoder sees is built here, so rendering, training and measuring agree on it.
package struct TokenRow: Sendable, Equatable {
  package let ids: [Int]
  /// The positions whose input embeddings emotion tokens replace; the ids there are placeholders.
  package let emotions: Range<Int>
  /// The position of the end token that closes the words.
  package let end: Int

  /// - Parameters:
  ///   - words: the words' ids; those beyond the row's length are cut off.
  ///   - emotions: how many emotion tokens stand before the words.
  ///   - special: the vocabulary's special tokens.
  ///   - length: the encoder's positions.
  /// - Throws: `ModelInputError` if the emotion tokens do not fit.
  package init(_ words: [Int], emotions: Int = 0, special: SpecialTokenIDs, length: Int) throws {
    let room = length - 2 - emotions
    guard room >= 0 else {
      throw ModelInputError(
        description: "the text encoder has \(length) positions, too few for \(emotions) emotion tokens between the "
          + "begin and the end token")
    }
    let words = words.prefix(room)
    self.emotions = 1..<1 + emotions
    end = 1 + emotions + words.count
    // PyTorch's users see plain text padded with the tokenizer's pad token, an emotion's context with end tokens.
    ids =
      [special.begin] + Array(repeating: special.end, count: emotions) + words
      + [special.end] + Array(repeating: emotions > 0 ? special.end : special.pad, count: room - words.count)
  }
}

/// The numbers of a CLIP vocabulary's special tokens: the tokenizer's, because the text encoder's configuration of
/// every published Stable Diffusion 1.x and 2.x model names others.
package struct SpecialTokenIDs: Sendable, Equatable {
  /// Put before every text.
  package let begin: Int
  /// Put after every text.
  package let end: Int
  /// Fills a context up: the end token in Stable Diffusion 1.x, `!` in 2.x.
  package let pad: Int

  package init(begin: Int, end: Int, pad: Int) {
    self.begin = begin
    self.end = end
    self.pad = pad
  }
}

extension CLIPTokenizer {
  /// The context of a text.
  ///
  /// - Parameters:
  ///   - emotions: how many emotion tokens stand before the words.
  ///   - length: the encoder's positions; longer texts are cut off.
  /// - Throws: `ModelInputError` if the emotion tokens do not fit.
  package func row(_ text: String, emotions: Int = 0, length: Int) throws -> TokenRow {
    try TokenRow(encode(text), emotions: emotions, special: special, length: length)
  }
}
