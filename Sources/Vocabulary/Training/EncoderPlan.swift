/// Stage 1: which encoder, or which classifier of attributes in its form.
package struct EncoderPlan: Hashable, Sendable {
  /// What is told apart.
  package enum Classes: String, CaseIterable, Sendable { case emotions, attributes }

  package var classes = Classes.emotions
  /// Channels of the stem.
  package var width = 16
  /// Blocks of each stage.
  package var layers = [1, 1, 1, 1]
  /// Length of an emotion vector.
  package var embedding = 128
  /// Pixels of a side of what the network sees.
  package var imageSize = 64
  /// A file with weights to begin from.
  package var from: String?
  /// Probability that a value of the emotion vector is dropped.
  package var dropout: Float = 0.5
  package var augmentation = Augmentation()

  /// What is trained by where nothing else is asked for.
  package static let settings = TrainingSettings(
    steps: 700, batch: 64, rate: 2e-3, warmUp: 50, schedule: .cosine, clip: 5)

  package init() {}

  package func check() throws(TrainingSettingError) {
    guard (1...6).contains(layers.count), layers.allSatisfy({ (1...99).contains($0) }) else {
      throw TrainingSettingError("layers", "is a list such as 3,4,6,3")
    }
    for (key, value) in [("width", width), ("embedding", embedding), ("image_size", imageSize)] {
      try TrainingSettingError.check(value, in: 1...4096, key)
    }
    guard dropout >= 0, dropout < 1 else {
      throw TrainingSettingError("dropout", "is at least 0 and below 1")
    }
    guard augmentation.crop > 0, augmentation.crop <= 1 else {
      throw TrainingSettingError("crop", "is above 0 and at most 1")
    }
    let shares = [
      ("flip", augmentation.flip), ("shift", augmentation.shift), ("jitter", augmentation.jitter),
      ("blur", augmentation.blur),
    ]
    for (key, value) in shares where !(0...1).contains(value) {
      throw TrainingSettingError(key, "is a number from 0 to 1")
    }
  }
}
