import Engine
import Models

/// Builds the contexts that the U-Net attends to: `[BOS, emotion tokens, words, EOS …]` through the text transformer.
struct Conditioning: Sendable {
  let tokenizer: CLIPTokenizer
  let encoder: CLIPTextEncoder
  let space: EmotionSpace?
  let mapper: Mapper?

  /// The ids of a context whose positions 1 … `emotions` will be replaced, cut at the encoder's length.
  ///
  /// As PyTorch users see it: plain text is padded with the tokenizer's pad token, an emotion's context with EOS.
  private func ids(_ words: String, emotions: Int) -> [Int] {
    let length = encoder.configuration.positions
    let words = tokenizer.encode(words).prefix(max(0, length - 2 - emotions))
    var ids = [tokenizer.beginID] + Array(repeating: tokenizer.endID, count: emotions) + words + [tokenizer.endID]
    ids += Array(repeating: emotions > 0 ? tokenizer.endID : tokenizer.padID, count: length - ids.count)
    return ids
  }

  /// The context of plain text: `[1, L, width]`.
  func context(_ text: String, on compute: Compute) throws -> Tensor {
    try encode(encoder.embed(ids(text, emotions: 0), on: compute), on: compute)
  }

  /// The context of emotion tokens `[T, width]` followed by words: `[1, L, width]`.
  func context(_ tokens: Tensor, words: String, on compute: Compute) throws -> Tensor {
    let embeddings = try encoder.embed(ids(words, emotions: tokens.shape[0]), on: compute)
    let end = 1 + tokens.shape[0]
    return try encode(
      Tensor.concatenated([embeddings.slice(0..<1), tokens, embeddings.slice(end..<embeddings.shape[0])]), on: compute)
  }

  private func encode(_ embeddings: Tensor, on compute: Compute) throws -> Tensor {
    encoder(embeddings.reshaped([1] + embeddings.shape), on: compute)
  }
}
