import Engine
import Models
import Vocabulary

/// Builds the contexts that the U-Net attends to: the text transformer's output for
/// `[BOS, emotion tokens, words, EOS …]`, one such row after the other for long prompts.
struct Conditioning: Sendable {
  let tokenizer: CLIPTokenizer
  let encoder: CLIPTextEncoder
  let space: EmotionSpace?
  let mapper: Mapper?

  /// The words of a request, read by its syntax.
  struct Prompts: Sendable {
    let prompt: Prompt
    let negative: Prompt
    /// The number of chunks of both contexts: the shorter prompt is followed by empty chunks.
    let chunks: Int
    /// The number of the encoder's last layers that are left out.
    let skipping: Int
  }

  /// Number of positions of a chunk, including its begin and end token.
  var length: Int { min(encoder.configuration.positions, tokenizer.maxLength) }

  /// - Throws: `RenderError` if a prompt is not in the request's syntax or does not fit.
  func prompts(of request: RenderRequest) throws -> Prompts {
    let settings = request.settings
    let prompt = try Prompt(
      request.subject.words, settings.promptSyntax, emotions: request.subject.emotion?.tokens.count ?? 0,
      length: length, tokenizer)
    let negative = try Prompt(settings.negative, settings.promptSyntax, length: length, tokenizer)
    return Prompts(
      prompt: prompt, negative: negative, chunks: max(prompt.chunks.count, negative.chunks.count),
      skipping: settings.clipSkip - 1)
  }

  /// The context of a prompt: `[1, L · chunks, width]`.
  ///
  /// - Parameter tokens: the emotion tokens `[T, width]`; nil for plain text.
  func context(_ prompt: Prompt, of prompts: Prompts, tokens: Tensor?, on compute: Compute) throws -> Tensor {
    let parts = try (0..<prompts.chunks).map { index -> Tensor in
      let row = try prompt.row(index, special: tokenizer.special)
      var embeddings = try encoder.embed(row.ids, on: compute)
      if let tokens, !row.emotions.isEmpty {
        embeddings = Tensor.concatenated([
          embeddings.slice(0..<row.emotions.lowerBound), tokens,
          embeddings.slice(row.emotions.upperBound..<embeddings.shape[0]),
        ])
      }
      let hidden = encoder(embeddings.reshaped([1] + embeddings.shape), skipping: prompts.skipping, on: compute)
      return prompt.weights(index).map { Self.weighted(hidden, $0) } ?? hidden
    }
    guard parts.count > 1 else { return parts[0] }
    let width = parts[0].shape[2]
    return Tensor.concatenated(parts.map { $0.reshaped([$0.shape[1], width]) })
      .reshaped([1, parts.count * length, width])
  }

  /// Multiplies the hidden state of each position by its weight and restores the mean of all values.
  ///
  /// Source: the emphasis "Original" of AUTOMATIC1111's stable-diffusion-webui.
  ///
  /// - Parameter hidden: `[1, L, width]`; `weights`: L numbers.
  private static func weighted(_ hidden: Tensor, _ weights: [Float]) -> Tensor {
    let width = hidden.shape[2]
    let before = hidden.values
    var after = before
    for (position, weight) in weights.enumerated() where weight != 1 {
      for index in position * width..<(position + 1) * width { after[index] *= weight }
    }
    func sum(_ values: [Float]) -> Double { values.reduce(0) { $0 + Double($1) } }
    let factor = Float(sum(before) / sum(after))
    return Tensor(hidden.shape, after.map { $0 * factor })
  }
}
