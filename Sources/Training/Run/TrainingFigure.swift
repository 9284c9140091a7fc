package import Imaging

/// A named number of a step.
package struct TrainingFigure: Codable, Hashable, Sendable {
  package let name: String
  package let value: Double

  package init(_ name: String, _ value: Double) {
    self.name = name
    self.value = value
  }

  package init(_ name: String, _ value: Float) { self.init(name, Double(value)) }
}

/// The results of a stage on held-out data.
package struct TrainingEvaluation: Sendable {
  package let figures: [TrainingFigure]
  /// Sample images.
  package let picture: RGBImage?
  /// What was classified as what, of a stage that classifies.
  package let confusion: ConfusionMatrix?

  package init(figures: [TrainingFigure] = [], picture: RGBImage? = nil, confusion: ConfusionMatrix? = nil) {
    self.figures = figures
    self.picture = picture
    self.confusion = confusion
  }
}
