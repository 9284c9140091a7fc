package import Vocabulary

/// Tells whether mixtures of two emotions show both emotions and follow their weights.
package struct MixtureReport: Sendable {
  /// The classifier's mean probabilities at one weight of the first emotion.
  package struct Point: Sendable {
    package let weight: Double
    package let images: Int
    /// The mean probabilities of the eight emotions in EmoSet's order.
    package let probabilities: [Estimate]

    /// - Parameter probabilities: the classifier's probabilities for each image.
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

    /// The emotions from the most to the least probable one.
    package var ranking: [Emotion] {
      Emotion.allCases.sorted { probabilities[$0.index].value > probabilities[$1.index].value }
    }
  }

  package let pair: MixturePair
  /// The point at weight one half.
  package let middle: Point
  /// The points of the sweep, by ascending weight of the first emotion.
  package let sweep: [Point]

  package init(pair: MixturePair, middle: Point, sweep: [Point]) {
    self.pair = pair
    self.middle = middle
    self.sweep = sweep.sorted { $0.weight < $1.weight }
  }

  /// Whether the pair's emotions are the two most probable ones at weight one half.
  package var showsBoth: Bool { Set(middle.ranking.prefix(2)) == [pair.first, pair.second] }

  /// Whether the emotion's mean probability never decreases along the sweep while its weight grows, and ends higher.
  package func rises(_ emotion: Emotion) -> Bool {
    let values = sweep.map { $0.probabilities[emotion.index].value }
    let ordered = emotion == pair.first ? values : values.reversed()
    guard let first = ordered.first, let last = ordered.last, ordered.count > 1 else { return false }
    return last > first && zip(ordered, ordered.dropFirst()).allSatisfy { $0 <= $1 }
  }
}
