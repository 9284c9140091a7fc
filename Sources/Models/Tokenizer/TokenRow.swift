import Files

/// The token ids of one context: begin token, placeholders of emotion tokens, words, end token, padding.
///
/// This is the only place that builds rows for a text encoder, so rendering, training and evaluation agree.
package struct TokenRow: Sendable, Equatable {
  package let ids: [Int]
  /// The positions whose input embeddings emotion tokens replace; the ids there are placeholders.
  package let emotions: Range<Int>
  /// The position of the end token that closes the words.
  package let end: Int

  /// - Parameters:
  ///   - words: the ids of the words, truncated to the row's length.
  ///   - emotions: number of emotion tokens before the words.
  ///   - special: the vocabulary's special tokens.
  ///   - length: the encoder's number of positions.
  /// - Throws: `ModelInputError` if the emotion tokens do not fit.
  package init(_ words: [Int], emotions: Int = 0, special: SpecialTokenIDs, length: Int) throws {
    let room = length - 2 - emotions
    guard room >= 0 else {
      throw ModelInputError(
        "the text encoder has \(length) positions, too few for \(emotions) emotion tokens between the "
          + "begin and the end token: use fewer emotions")
    }
    let words = words.prefix(room)
    self.emotions = 1..<1 + emotions
    end = 1 + emotions + words.count
    // As in the PyTorch code: plain text is padded with the tokenizer's pad token, a row with emotion tokens is padded
    // with end tokens.
    ids =
      [special.begin] + Array(repeating: special.end, count: emotions) + words
      + [special.end] + Array(repeating: emotions > 0 ? special.end : special.pad, count: room - words.count)
  }
}

/// The ids of a CLIP vocabulary's special tokens. They come from the tokenizer, because the text encoder's
/// configuration has other ids in every published Stable Diffusion 1.x and 2.x model.
package struct SpecialTokenIDs: Sendable, Equatable {
  static let beginContent = "<|startoftext|>"
  static let endContent = "<|endoftext|>"
  /// Precedes every text.
  package let begin: Int
  /// Follows every text.
  package let end: Int
  /// Fills the rest of a context: the end token in Stable Diffusion 1.x, `!` in 2.x.
  package let pad: Int

  package init(begin: Int, end: Int, pad: Int) {
    self.begin = begin
    self.end = end
    self.pad = pad
  }
}

extension CLIPTokenizer {
  /// The row of a text.
  ///
  /// - Parameters:
  ///   - emotions: number of emotion tokens before the words.
  ///   - length: the encoder's number of positions; the row is shorter if the tokenizer limits its length further, and
  ///     longer texts are truncated.
  /// - Throws: `ModelInputError` if the emotion tokens do not fit.
  package func row(_ text: String, emotions: Int = 0, length: Int) throws -> TokenRow {
    try TokenRow(encode(text), emotions: emotions, special: special, length: min(length, maxLength))
  }
}
