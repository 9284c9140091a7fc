import Engine
import Models
import Vocabulary

extension ClassifierPlan {
  /// Loads the images, computes their features and creates the task.
  func task(
    _ data: TrainingPictures, _ settings: TrainingSettings, on compute: Compute, notice: (String) -> Void,
    onBlock: () throws -> Void
  ) throws -> ClassifierTask {
    let network = try CLIPModel(folder: clip)
    let pictures = try data.train(seed: settings.seed, notice: notice, onBlock: onBlock)
    let heldOut = try data.heldOut(seed: settings.seed, notice: notice, onBlock: onBlock)
    return try ClassifierTask(
      features: ImageFeatures.of(pictures, network, on: compute, onBlock: onBlock),
      labels: pictures.pictures.map(\.emotion),
      heldOut: ImageFeatures.of(heldOut, network, on: compute, onBlock: onBlock),
      heldOutLabels: heldOut.pictures.map(\.emotion), emotions: Emotion.names, batch: settings.batch,
      seed: settings.seed)
  }

  /// Describes what the weights depend on in addition to the run's options.
  func identity(_ data: TrainingPictures, _ settings: TrainingSettings) -> String {
    "\(data.identity) \(clip) batch \(settings.batch)"
  }
}
