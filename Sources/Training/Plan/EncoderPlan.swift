import Engine

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

  /// Loads the pictures and makes the task.
  ///
  /// - Parameter folder: of the run; the encoder's configuration is kept there until it is exported.
  func task(
    _ data: TrainingPictures, _ settings: TrainingSettings, in folder: String, notice: (String) -> Void,
    onBlock: () throws -> Void
  ) throws -> EncoderTask {
    let pictures = try data.train(seed: settings.seed, notice: notice, onBlock: onBlock)
    let heldOut = try data.heldOut(seed: settings.seed, validating: true, notice: notice, onBlock: onBlock)
    let names =
      classes == .emotions
      ? TrainingPictures.emotions : Set(pictures.pictures.compactMap(\.attributes.first)).sorted()
    let configuration = "\(folder)/config.json"
    try EncoderTask.writeConfiguration(
      width: width, layers: layers, embedding: embedding, classes: names, imageSize: imageSize, to: configuration)
    let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($0.element, $0.offset) })
    return try EncoderTask(
      name: classes == .emotions ? "encoder" : "attributes", configuration: configuration, pictures: pictures,
      heldOut: heldOut,
      label: { [classes] in classes == .emotions ? $0.emotion : $0.attributes.first.flatMap { places[$0] } },
      batch: settings.batch, dropout: dropout, augmentation: augmentation, seed: settings.seed, initial: from)
  }

  /// What the weights depend on beside the run's options, in words.
  func identity(_ data: TrainingPictures, _ settings: TrainingSettings) -> String {
    "\(data.identity)\(from ?? "") \(classes.rawValue) width \(width)"
      + " layers \(layers.map(String.init).joined(separator: ",")) embedding \(embedding) size \(imageSize)"
      + " batch \(settings.batch) dropout \(dropout) flip \(augmentation.flip) shift \(augmentation.shift)"
      + " crop \(augmentation.crop) jitter \(augmentation.jitter)"
      + (augmentation.blur > 0 ? " blur \(augmentation.blur)" : "")
  }
}
