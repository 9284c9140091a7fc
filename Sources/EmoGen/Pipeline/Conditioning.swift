import Engine
import Models

/// Builds the contexts that the U-Net attends to: the text transformer's output for
/// `[BOS, emotion tokens, words, EOS …]`.
struct Conditioning: Sendable {
  let tokenizer: CLIPTokenizer
  let encoder: CLIPTextEncoder
  let space: EmotionSpace?
  let mapper: Mapper?

  /// The context of plain text: `[1, L, width]`.
  func context(_ text: String, on compute: Compute) throws -> Tensor {
    let row = try tokenizer.row(text, length: encoder.configuration.positions)
    return encode(try encoder.embed(row.ids, on: compute), on: compute)
  }

  /// The context of emotion tokens `[T, width]` followed by words: `[1, L, width]`.
  func context(_ tokens: Tensor, words: String, on compute: Compute) throws -> Tensor {
    let row = try tokenizer.row(words, emotions: tokens.shape[0], length: encoder.configuration.positions)
    let embeddings = try encoder.embed(row.ids, on: compute)
    return encode(
      Tensor.concatenated([
        embeddings.slice(0..<row.emotions.lowerBound), tokens,
        embeddings.slice(row.emotions.upperBound..<embeddings.shape[0]),
      ]), on: compute)
  }

  private func encode(_ embeddings: Tensor, on compute: Compute) -> Tensor {
    encoder(embeddings.reshaped([1] + embeddings.shape), on: compute)
  }
}
