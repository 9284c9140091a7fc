import Engine
import Vocabulary

extension MapperPlan {
  /// Loads the networks, encodes the pictures and makes the task.
  ///
  /// - Parameter folder: of the run; the mapper's configuration is kept there until it is exported.
  func task(
    _ data: TrainingPictures, _ settings: TrainingSettings, in folder: String, on compute: Compute,
    notice: (String) -> Void, onBlock: () throws -> Void
  ) throws -> MapperTask {
    let stage = MapperStage(model: model, settings: loss, hidden: [hidden], attributes: attributes)
    return try stage.task(
      data.train(seed: settings.seed, notice: notice, onBlock: onBlock), to: folder, batch: settings.batch,
      seed: settings.seed, on: compute, onBlock: onBlock)
  }

  /// What the weights depend on beside the run's options, in words.
  func identity(_ data: TrainingPictures, _ settings: TrainingSettings) -> String {
    "\(data.identity) \(model) \(loss.identity) \([hidden]) \(attributes?.joined(separator: ",") ?? "") batch \(settings.batch)"
  }
}

extension MapperSettings {
  /// The loss in words. Runs of former versions have this very text, in which the type once stood in `Training`.
  fileprivate var identity: String {
    let state = pooling == .firstEnd ? "firstEnd" : "emotionToken"
    return "MapperSettings(pooling: Training.MapperSettings.Pooling.\(state), attributeWeight: \(attributeWeight),"
      + " attributeTemperature: \(attributeTemperature), usesConfidence: \(usesConfidence),"
      + " vectorNoise: \(vectorNoise))"
  }
}
