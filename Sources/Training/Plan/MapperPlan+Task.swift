import Engine
import Vocabulary

extension MapperPlan {
  /// Loads the networks, encodes the images and creates the task.
  ///
  /// - Parameter folder: the run folder, which holds the mapper's configuration until the export.
  func task(
    _ data: TrainingPictures, _ settings: TrainingSettings, in folder: String, on compute: Compute,
    notice: (String) -> Void, onBlock: () throws -> Void
  ) throws -> MapperTask {
    let stage = MapperStage(model: model, variant: variant, settings: loss, hidden: [hidden], attributes: attributes)
    return try stage.task(
      data.train(seed: settings.seed, notice: notice, onBlock: onBlock), to: folder, batch: settings.batch,
      seed: settings.seed, on: compute, onBlock: onBlock)
  }

  /// Describes what the weights depend on in addition to the run's options.
  func identity(_ data: TrainingPictures, _ settings: TrainingSettings) -> String {
    "\(data.identity) \(model)\(variant.map { " variant \($0)" } ?? "") \(loss.identity) \([hidden]) \(attributes?.joined(separator: ",") ?? "") batch \(settings.batch)"
  }
}

extension MapperSettings {
  /// Describes the loss. The text must not change, because the checkpoints of earlier versions contain it: the type was
  /// then in `Training`.
  fileprivate var identity: String {
    let state = pooling == .firstEnd ? "firstEnd" : "emotionToken"
    return "MapperSettings(pooling: Training.MapperSettings.Pooling.\(state), attributeWeight: \(attributeWeight),"
      + " attributeTemperature: \(attributeTemperature), usesConfidence: \(usesConfidence),"
      + " vectorNoise: \(vectorNoise))"
  }
}
