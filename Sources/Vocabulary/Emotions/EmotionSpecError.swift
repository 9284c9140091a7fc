package import Files

/// An invalid emotion specification.
package typealias EmotionSpecError = Failure<EmotionSpecErrorCode>

package enum EmotionSpecErrorCode: Hashable, Sendable {
  case unknownEmotion, repeatedEmotion, badWeight
}

extension EmotionSpecError {
  static func unknownEmotion(_ name: String, in text: String) -> Self {
    Self(
      .unknownEmotion,
      "unknown emotion '\(name)' in '\(text)': use one of \(Emotion.names.joined(separator: ", "))")
  }

  static func repeated(_ emotion: Emotion, in text: String) -> Self {
    Self(
      .repeatedEmotion,
      "emotion '\(emotion.rawValue)' occurs twice in one mixture of '\(text)': give it one weight")
  }

  static func badWeight(_ weight: String, _ emotion: Emotion, in text: String) -> Self {
    Self(
      .badWeight,
      "weight '\(weight)' of \(emotion.rawValue) in '\(text)' is not a positive number: write for example awe=0.7,fear=0.3"
    )
  }
}
