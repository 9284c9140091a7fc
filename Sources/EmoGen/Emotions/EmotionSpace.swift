package import Checkpoints
package import Engine

/// The emotion space: a diagonal Gaussian of emotion vectors for each emotion.
package struct EmotionSpace: Sendable {
  /// Length of an emotion vector.
  package let width: Int
  private let means: [Emotion: [Float]]
  private let deviations: [Emotion: [Float]]

  /// XORed into an image's seed for its emotion vector, so that it does not repeat the latents' numbers.
  package static let seedMask: UInt64 = 0x454D_4F47

  /// Reads `{emotion}.mean` and `{emotion}.std`, `[D]` each.
  ///
  /// - Throws: `CheckpointError` naming a missing, unexpected or misshapen tensor, or a negative deviation.
  package init(_ weights: Weights, width: Int) throws {
    self.width = width
    var means: [Emotion: [Float]] = [:]
    var deviations: [Emotion: [Float]] = [:]
    for emotion in Emotion.allCases {
      means[emotion] = try weights.tensor("\(emotion.rawValue).mean", [width]).values
      let deviation = try weights.tensor("\(emotion.rawValue).std", [width]).values
      guard deviation.allSatisfy({ $0 >= 0 }) else {
        throw CheckpointError(
          .malformed, file: weights.path,
          "'\(emotion.rawValue).std' has a negative or undefined value: fit the space again")
      }
      deviations[emotion] = deviation
    }
    try weights.finish()
    self.means = means
    self.deviations = deviations
  }

  /// Draws one vector for each token of `spec`: Σ wᵢ (μᵢ + σᵢ ⊙ z), with one z for a token.
  ///
  /// - Parameter seed: of the image.
  /// - Returns: `[T, D]`.
  package func sample(_ spec: EmotionSpec, seed: UInt64) -> Tensor {
    var generator = TorchGenerator(seed: seed ^ Self.seedMask)
    let noise = generator.normal(spec.tokens.count * width)
    var values: [Float] = []
    values.reserveCapacity(noise.count)
    for (token, mixture) in spec.tokens.enumerated() {
      var vector = [Float](repeating: 0, count: width)
      for component in mixture {
        guard let mean = means[component.emotion], let deviation = deviations[component.emotion] else { continue }
        let weight = Float(component.weight)
        for index in 0..<width {
          vector[index] += weight * (mean[index] + deviation[index] * noise[token * width + index])
        }
      }
      values += vector
    }
    return Tensor([spec.tokens.count, width], values)
  }
}
