/// The content of an image.
package enum Subject: Hashable, Sendable {
  /// Emotion tokens, followed by the words of `prompt` (empty for the emotion alone).
  case emotion(EmotionSpec, prompt: String)
  /// Plain text without an emotion, for baselines.
  case text(String)

  /// The emotion under which the image is counted; nil for plain text.
  package var emotion: EmotionSpec? {
    if case .emotion(let spec, _) = self { spec } else { nil }
  }

  /// The words passed to the text encoder together with the emotion tokens.
  package var words: String {
    switch self {
    case .emotion(_, let prompt): prompt
    case .text(let text): text
    }
  }
}

/// The JSON form is `{"emotion": …, "prompt": …}` or `{"text": …}`, both in the database and in an image's provenance.
extension Subject: Codable {
  private enum CodingKeys: String, CodingKey {
    case emotion, prompt, text
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    if container.contains(.text) {
      guard !container.contains(.emotion), !container.contains(.prompt) else {
        throw DecodingError.dataCorruptedError(
          forKey: .text, in: container, debugDescription: "a subject is a text or an emotion with a prompt, not both")
      }
      self = .text(try container.decode(String.self, forKey: .text))
    } else {
      self = .emotion(
        try container.decode(EmotionSpec.self, forKey: .emotion),
        prompt: try container.decode(String.self, forKey: .prompt))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .emotion(let spec, let prompt):
      try container.encode(spec, forKey: .emotion)
      try container.encode(prompt, forKey: .prompt)
    case .text(let text):
      try container.encode(text, forKey: .text)
    }
  }
}
