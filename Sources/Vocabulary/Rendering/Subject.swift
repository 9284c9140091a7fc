/// What an image shows.
package enum Subject: Hashable, Sendable {
  /// Emotion tokens, followed by the words of `prompt` ("" for the emotion alone).
  case emotion(EmotionSpec, prompt: String)
  /// Plain text without emotion, for baselines.
  case text(String)

  /// The emotion under which the image is counted; nil for plain text.
  package var emotion: EmotionSpec? {
    if case .emotion(let spec, _) = self { spec } else { nil }
  }

  /// The words given to the text encoder beside the emotion tokens.
  package var words: String {
    switch self {
    case .emotion(_, let prompt): prompt
    case .text(let text): text
    }
  }
}
