import Engine
import Models

/// The classifier that judges generated images, over a CLIP model's image features.
package struct ClassifierPlan: Hashable, Sendable {
  /// The CLIP model's folder.
  package var clip: String

  /// What is trained by where nothing else is asked for.
  package static let settings = TrainingSettings(
    steps: 1500, batch: 256, rate: 1e-2, warmUp: 50, schedule: .cosine)

  package init(clip: String) { self.clip = clip }

  package func check() throws(TrainingSettingError) {
    guard !clip.isEmpty else { throw TrainingSettingError("clip", "names no folder") }
  }

  /// Loads the pictures, computes their features and makes the task.
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
      heldOutLabels: heldOut.pictures.map(\.emotion), emotions: TrainingPictures.emotions, batch: settings.batch,
      seed: settings.seed)
  }

  /// What the weights depend on beside the run's options, in words.
  func identity(_ data: TrainingPictures, _ settings: TrainingSettings) -> String {
    "\(data.identity) \(clip) batch \(settings.batch)"
  }
}
