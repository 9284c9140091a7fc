package import Checkpoints
package import Engine
import Files
package import Vocabulary

/// The emotion space: a Gaussian of emotion vectors for each emotion, diagonal or with its full covariance.
package struct EmotionSpace: Sendable {
  /// Length of an emotion vector.
  package let width: Int
  private let means: [Emotion: [Float]]
  private let deviations: [Emotion: [Float]]
  /// Lower triangular factors, row by row. Empty if the space is diagonal; otherwise used instead of the deviations.
  private let factors: [Emotion: [Float]]

  /// XORed into an image's seed for its emotion vector, so that the vector does not repeat the latents' random numbers.
  package static let seedMask: UInt64 = 0x454D_4F47

  /// Reads `{emotion}.mean` and `{emotion}.std`, `[D]` each. If the file has any `{emotion}.cholesky`, every emotion
  /// needs one: the lower triangular L of the covariance L·Lᵀ, `[D, D]`.
  ///
  /// - Throws: `CheckpointError` naming the tensor if one is missing, unexpected or misshapen, contains numbers that are
  ///   not finite or a negative deviation, or is a factor but not lower triangular.
  package init(_ weights: Weights, width: Int) throws {
    self.width = width
    var means: [Emotion: [Float]] = [:]
    var deviations: [Emotion: [Float]] = [:]
    var factors: [Emotion: [Float]] = [:]
    let isFull = weights.names.contains { $0.hasSuffix(".cholesky") }
    for emotion in Emotion.allCases {
      means[emotion] = try Self.finite("\(emotion.rawValue).mean", [width], weights)
      let deviation = try Self.finite("\(emotion.rawValue).std", [width], weights)
      guard deviation.allSatisfy({ $0 >= 0 }) else {
        throw CheckpointError(
          .malformed, file: weights.path,
          "'\(emotion.rawValue).std' contains a negative value: fit the space again")
      }
      deviations[emotion] = deviation
      if isFull { factors[emotion] = try Self.factor("\(emotion.rawValue).cholesky", weights, width: width) }
    }
    try weights.finish()
    self.factors = factors
    self.means = means
    self.deviations = deviations
  }

  private static func finite(_ name: String, _ shape: [Int], _ weights: Weights) throws -> [Float] {
    let tensor = try weights.tensor(name, shape)
    guard tensor.isFinite else {
      throw CheckpointError(
        .malformed, file: weights.path, "'\(name)' holds numbers that are not finite: fit the space again")
    }
    return tensor.values
  }

  private static func factor(_ name: String, _ weights: Weights, width: Int) throws -> [Float] {
    let factor = try finite(name, [width, width], weights)
    for row in 0..<width {
      let above = factor[(row * width + row + 1)..<((row + 1) * width)]
      guard above.allSatisfy({ $0 == 0 }), factor[row * width + row] >= 0 else {
        throw CheckpointError(
          .malformed, file: weights.path,
          "'\(name)' is not lower triangular with a non-negative diagonal (row \(row)): fit the space again")
      }
    }
    return factor
  }

  /// Draws one vector for each token of `spec`: Σ wᵢ (μᵢ + σᵢ ⊙ z), or Σ wᵢ (μᵢ + Lᵢ z) with full covariances. All
  /// emotions of a token share one z.
  ///
  /// - Parameter seed: the image's seed.
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
        if let factor = factors[component.emotion] {
          for index in 0..<width {
            var sum: Float = 0
            for column in 0...index { sum += factor[index * width + column] * noise[token * width + column] }
            vector[index] += weight * (mean[index] + sum)
          }
          continue
        }
        for index in 0..<width {
          vector[index] += weight * (mean[index] + deviation[index] * noise[token * width + index])
        }
      }
      values += vector
    }
    return Tensor([spec.tokens.count, width], values)
  }
}
