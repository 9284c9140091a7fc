import Files
package import Vocabulary

/// Two emotions that one token mixes.
package struct MixturePair: Hashable, Sendable {
  package let first: Emotion
  package let second: Emotion

  package init(_ first: Emotion, _ second: Emotion) {
    self.first = first
    self.second = second
  }

  /// - Parameter text: a pair such as `awe+fear`.
  /// - Throws: `MetricsError` that says which pairs are accepted.
  package init(parsing text: String) throws {
    let names = text.lowercased().split(separator: "+", omittingEmptySubsequences: false).map(String.init)
    let known = names.compactMap(Emotion.init(rawValue:))
    guard names.count == 2, known.count == 2, known[0] != known[1] else {
      throw MetricsError(
        "'\(text)' is not a pair: write two different emotions as in awe+fear, of "
          + Emotion.names.joined(separator: ", "))
    }
    self.init(known[0], known[1])
  }

  /// All pairs of the emotions, each once.
  package static func all(of emotions: [Emotion]) -> [MixturePair] {
    emotions.indices.flatMap { first in
      emotions[(first + 1)...].map { MixturePair(emotions[first], $0) }
    }
  }

  /// The mixture with the given weight of the first emotion; weights 0 and 1 give one of the emotions alone.
  package func spec(weight: Double) throws -> EmotionSpec {
    if weight <= 0 { return EmotionSpec(second) }
    if weight >= 1 { return EmotionSpec(first) }
    return try EmotionSpec(parsing: "\(first.rawValue)=\(weight),\(second.rawValue)=\(1 - weight)")
  }

  package var description: String { "\(first.rawValue)+\(second.rawValue)" }
}
