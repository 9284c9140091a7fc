import Vocabulary

extension EncoderPlan {
  /// Loads the images and creates the task.
  ///
  /// - Parameter folder: the run folder, which holds the encoder's configuration until the export.
  func task(
    _ data: TrainingPictures, _ settings: TrainingSettings, in folder: String, notice: (String) -> Void,
    onBlock: () throws -> Void
  ) throws -> EncoderTask {
    let pictures = try data.train(seed: settings.seed, notice: notice, onBlock: onBlock)
    let heldOut = try data.heldOut(seed: settings.seed, validating: true, notice: notice, onBlock: onBlock)
    let names =
      classes == .emotions
      ? Emotion.names : Set(pictures.pictures.compactMap(\.attributes.first)).sorted()
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

  /// Describes what the weights depend on in addition to the run's options.
  func identity(_ data: TrainingPictures, _ settings: TrainingSettings) -> String {
    "\(data.identity)\(from ?? "") \(classes.rawValue) width \(width)"
      + " layers \(layers.map(String.init).joined(separator: ",")) embedding \(embedding) size \(imageSize)"
      + " batch \(settings.batch) dropout \(dropout) flip \(augmentation.flip) shift \(augmentation.shift)"
      + " crop \(augmentation.crop) jitter \(augmentation.jitter)"
      + (augmentation.blur > 0 ? " blur \(augmentation.blur)" : "")
  }
}
