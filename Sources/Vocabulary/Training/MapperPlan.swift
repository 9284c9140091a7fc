/// Stage 2: which model's mapper, by which loss.
package struct MapperPlan: Hashable, Sendable {
  /// The model's folder.
  package var model: String
  package var loss: MapperSettings
  /// Width of the mapper's hidden layer.
  package var hidden = 256
  /// Attributes that the loss knows; all of the confidence table where nil.
  package var attributes: [String]?

  /// What is trained by where nothing else is asked for.
  package static let settings = TrainingSettings(
    steps: 900, batch: 16, rate: 1e-3, warmUp: 0, schedule: .constant)

  package init(model: String, loss: MapperSettings = MapperSettings.Preset.paper.settings) {
    self.model = model
    self.loss = loss
  }

  package func check() throws(TrainingSettingError) {
    try TrainingSettingError.check(hidden, in: 1...65_536, "hidden")
    guard loss.attributeWeight >= 0, loss.attributeWeight.isFinite else {
      throw TrainingSettingError("attribute_weight", "is 0 or more")
    }
    guard loss.attributeTemperature > 0, loss.attributeTemperature.isFinite else {
      throw TrainingSettingError("attribute_temperature", "is a number above 0")
    }
    guard loss.vectorNoise >= 0, loss.vectorNoise.isFinite else {
      throw TrainingSettingError("vector_noise", "is 0 or more")
    }
    guard attributes.map({ !$0.isEmpty && !$0.contains("") }) ?? true else {
      throw TrainingSettingError("attributes", "is a list of names")
    }
  }
}
