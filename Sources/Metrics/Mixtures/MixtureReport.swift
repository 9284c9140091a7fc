package import Vocabulary

/// Whether mixtures of two emotions show both, and follow their weights.
package struct MixtureReport: Sendable {
  /// The classifier's mean probabilities at one weight of the first emotion.
  package struct Point: Sendable {
    package let weight: Double
    package let images: Int
    /// Of the eight emotions in EmoSet's order.
    package let probabilities: [Estimate]

    /// - Parameter probabilities: of each image.
    package init(weight: Double, _ probabilities: [[Double]], resamples: Int, seed: UInt64) {
      self.weight = weight
      images = probabilities.count
      let drawn = Resamples(images: max(1, probabilities.count), number: resamples, seed: seed)
      self.probabilities = Emotion.allCases.indices.map { emotion in
        let values = probabilities.map { $0[emotion] }
        guard !values.isEmpty else { return Estimate(0) }
        let count = Double(values.count)
        return Estimate(values.reduce(0, +) / count, resampled: drawn.sums(values).map { $0 / count })
      }
    }

    /// Emotions from the most to the least probable one.
    package var ranking: [Emotion] {
      Emotion.allCases.sorted { probabilities[$0.index].value > probabilities[$1.index].value }
    }
  }

  package let pair: MixturePair
  /// At weight one half.
  package let middle: Point
  /// By weight of the first emotion, ascending.
  package let sweep: [Point]

  package init(pair: MixturePair, middle: Point, sweep: [Point]) {
    self.pair = pair
    self.middle = middle
    self.sweep = sweep.sorted { $0.weight < $1.weight }
  }

  /// Whether the two emotions are the two most probable ones in the middle.
  package var showsBoth: Bool { Set(middle.ranking.prefix(2)) == [pair.first, pair.second] }

  /// Whether the mean probability of the emotion whose weight grows never falls along the sweep and ends higher.
  package func rises(_ emotion: Emotion) -> Bool {
    let values = sweep.map { $0.probabilities[emotion.index].value }
    let ordered = emotion == pair.first ? values : values.reversed()
    guard let first = ordered.first, let last = ordered.last, ordered.count > 1 else { return false }
    return last > first && zip(ordered, ordered.dropFirst()).allSatisfy { $0 <= $1 }
  }
}
