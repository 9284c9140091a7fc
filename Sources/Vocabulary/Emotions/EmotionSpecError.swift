/// Why a written emotion specification was refused.
package struct EmotionSpecError: Error, CustomStringConvertible, Equatable {
  package let description: String

  private static let names = Emotion.names.joined(separator: ", ")

  static func unknownEmotion(_ name: String, in text: String) -> Self {
    Self(description: "unknown emotion '\(name)' in '\(text)': use one of \(names)")
  }

  static func repeated(_ emotion: Emotion, in text: String) -> Self {
    Self(description: "emotion '\(emotion.rawValue)' occurs twice in one mixture of '\(text)': give it one weight")
  }

  static func badWeight(_ weight: String, _ emotion: Emotion, in text: String) -> Self {
    Self(
      description:
        "weight '\(weight)' of \(emotion.rawValue) in '\(text)' is not a positive number: write for example awe=0.7,fear=0.3"
    )
  }
}
