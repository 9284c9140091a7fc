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
    for words in additions.words { notice("\(model) is trained with \(words)") }
    let stage = MapperStage(
      model: model, variant: variant, settings: loss, hidden: [hidden], attributes: attributes, additions: additions)
    return try stage.task(
      data.train(seed: settings.seed, notice: notice, onBlock: onBlock), to: folder, batch: settings.batch,
      seed: settings.seed, on: compute, notice: notice, onBlock: onBlock)
  }

  /// Describes what the weights depend on in addition to the run's options. Added files count by their digests.
  func identity(_ data: TrainingPictures, _ settings: TrainingSettings) -> String {
    "\(data.identity) \(model)\(variant.map { " variant \($0)" } ?? "") \(loss.identity) \([hidden]) \(attributes?.joined(separator: ",") ?? "") batch \(settings.batch)"
      + additions.identity
  }
}

extension Additions {
  /// What the weights depend on, for the identity of a run; empty if nothing is added.
  fileprivate var identity: String {
    func digest(_ file: AddedFile) -> String { file.sha256 ?? file.path }
    return (vae.map { " vae \(digest($0))" } ?? "")
      + loras.map { " lora \(digest($0.file)):\($0.weight)" }.joined()
      + embeddings.map { " embedding \(digest($0.file)):\($0.token ?? "")" }.joined()
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
