/// What stage 2's loss is made of.
package struct MapperSettings: Codable, Hashable, Sendable {
  /// Which hidden state of the text transformer the attribute loss looks at.
  package enum Pooling: String, Codable, CaseIterable, Sendable {
    /// The first end token's, as CLIP pools.
    case firstEnd = "first-end"
    /// The emotion token's own, as the released code's version of transformers did.
    case emotionToken = "emotion-token"
  }

  /// A named choice of settings.
  package enum Preset: String, Codable, CaseIterable, Sendable {
    /// The paper's loss: (1 − α)·L_LDM + α·L_attr.
    case paper
    /// What the authors released: L_attr times 0.01, pooled at the emotion token.
    case officialCode = "official-code"

    package var settings: MapperSettings {
      switch self {
      case .paper: MapperSettings()
      case .officialCode: MapperSettings(pooling: .emotionToken, attributeWeight: 0.01)
      }
    }
  }

  package var pooling: Pooling
  /// Multiplies L_attr beside α.
  package var attributeWeight: Float
  /// Cosines are divided by it.
  package var attributeTemperature: Float
  /// Whether α weighs the two losses; otherwise both count fully.
  package var usesConfidence: Bool
  /// Noise on the emotion vectors, in deviations of the emotion's Gaussian; 0 in the paper.
  package var vectorNoise: Float

  package init(
    pooling: Pooling = .firstEnd, attributeWeight: Float = 1, attributeTemperature: Float = 1,
    usesConfidence: Bool = true, vectorNoise: Float = 0
  ) {
    self.pooling = pooling
    self.attributeWeight = attributeWeight
    self.attributeTemperature = attributeTemperature
    self.usesConfidence = usesConfidence
    self.vectorNoise = vectorNoise
  }
}
