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
}
