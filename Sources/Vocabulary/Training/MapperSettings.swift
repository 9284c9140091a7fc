/// The settings of the loss of stage 2.
package struct MapperSettings: Codable, Hashable, Sendable {
  /// The hidden state of the text transformer that the attribute loss uses.
  package enum Pooling: String, Codable, CaseIterable, Sendable {
    /// The hidden state of the first end token, as in CLIP's pooling.
    case firstEnd = "first-end"
    /// The hidden state of the emotion token, as in the version of transformers that the released code used.
    case emotionToken = "emotion-token"
  }

  /// A named set of settings.
  package enum Preset: String, Codable, CaseIterable, Sendable {
    /// The paper's loss: (1 − α)·L_LDM + α·L_attr.
    case paper
    /// The loss of the released code: L_attr times 0.01, pooled at the emotion token.
    case officialCode = "official-code"

    package var settings: MapperSettings {
      switch self {
      case .paper: MapperSettings()
      case .officialCode: MapperSettings(pooling: .emotionToken, attributeWeight: 0.01)
      }
    }
  }

  package var pooling: Pooling
  /// A factor of L_attr in addition to α.
  package var attributeWeight: Float
  /// The temperature: cosine similarities are divided by it.
  package var attributeTemperature: Float
  /// Whether α weighs the two losses; otherwise both have weight 1.
  package var usesConfidence: Bool
  /// Noise on the emotion vectors, in standard deviations of the emotion's Gaussian; 0 in the paper.
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
