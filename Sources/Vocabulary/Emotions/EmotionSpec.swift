import Files

/// The requested emotions of an image: a sequence of emotion tokens, each a weighted mixture of emotions.
///
/// The written form is `awe` (one emotion), `awe=0.7,fear=0.3` (a mixture in one token, with normalised weights) or
/// `awe+fear` (fusion: several tokens). Both can be combined: `awe=0.7,fear=0.3+sadness`.
package struct EmotionSpec: Hashable, Sendable {
  /// An emotion of a mixture with its normalised weight.
  package struct Component: Hashable, Sendable {
    package let emotion: Emotion
    package let weight: Double
  }

  /// The mixture of each token in written order; the weights of a token sum to 1.
  package let tokens: [[Component]]

  /// - Throws: `EmotionSpecError` that says what is wrong with `text` and what is accepted.
  package init(parsing text: String) throws {
    var tokens: [[Component]] = []
    for part in text.split(separator: "+", omittingEmptySubsequences: false) {
      tokens.append(try Self.mixture(part, in: text))
    }
    self.tokens = tokens
  }

  package init(_ emotion: Emotion) {
    tokens = [[Component(emotion: emotion, weight: 1)]]
  }

  private static func mixture(_ part: Substring, in text: String) throws -> [Component] {
    var weights: [(Emotion, Double)] = []
    for term in part.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = term.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = sides[0].trimmed
      guard let emotion = Emotion(rawValue: name.lowercased()) else {
        throw EmotionSpecError.unknownEmotion(name, in: text)
      }
      guard !weights.contains(where: { $0.0 == emotion }) else {
        throw EmotionSpecError.repeated(emotion, in: text)
      }
      guard sides.count == 2 else {
        weights.append((emotion, 1))
        continue
      }
      guard let weight = Double(sides[1].trimmed), weight.isFinite, weight > 0 else {
        throw EmotionSpecError.badWeight(sides[1].trimmed, emotion, in: text)
      }
      weights.append((emotion, weight))
    }
    let sum = weights.reduce(0) { $0 + $1.1 }
    guard sum.isFinite else { throw EmotionSpecError.badWeight("\(sum)", weights[0].0, in: text) }
    // Weights that sum to 1 up to rounding are left as they are: normalising them again could change their last bits,
    // but parsing the written form must return the same value.
    let scale = abs(sum - 1) < 1e-9 ? 1 : sum
    return weights.map { Component(emotion: $0.0, weight: $0.1 / scale) }
  }

  /// The distinct emotions in order of appearance.
  package var emotions: [Emotion] {
    var seen: [Emotion] = []
    for component in tokens.joined() where !seen.contains(component.emotion) { seen.append(component.emotion) }
    return seen
  }

  /// The share of each emotion over all tokens, in EmoSet's order; the eight numbers sum to 1.
  package var weights: [Double] {
    var sums = [Double](repeating: 0, count: Emotion.allCases.count)
    // In the order of size, so that the order of writing does not change the last bits of a sum.
    let parts = tokens.joined().sorted { ($0.weight, $0.emotion.index) < ($1.weight, $1.emotion.index) }
    for part in parts { sums[part.emotion.index] += part.weight / Double(tokens.count) }
    return sums
  }

  /// The label under which images are counted and exported: the emotion with the largest of ``weights``, whatever order
  /// they were written in. Of equal ones, as in the fusion `awe+fear`, it is the first in EmoSet's order.
  package var dominant: Emotion {
    let weights = weights
    let most = weights.max() ?? 0
    // Shares such as thirds are equal up to rounding.
    return Emotion.allCases.first { weights[$0.index] > most - 1e-9 } ?? tokens[0][0].emotion
  }
}

extension EmotionSpec: CustomStringConvertible, Codable {
  /// The written form. Parsing it returns an equal value.
  package var description: String {
    tokens.map { token in
      token.count == 1
        ? token[0].emotion.rawValue
        : token.map { "\($0.emotion.rawValue)=\($0.weight)" }.joined(separator: ",")
    }.joined(separator: "+")
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    do {
      self = try EmotionSpec(parsing: container.decode(String.self))
    } catch let error as EmotionSpecError {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

extension Substring {
  fileprivate var trimmed: String {
    var text = self
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
