package import Farm
import Files
package import Scoring
package import Vocabulary

extension Evaluation {
  /// Reads and measures the images of a finished batch. What the same classifiers measured where the images were made is
  /// not measured again; its embeddings are rounded to 16 bits.
  ///
  /// - Parameters:
  ///   - source: the batch's number or name.
  ///   - onProgress: called after every image with the line of progress and the number of images; may throw to stop.
  /// - Throws: `AdminError` if the batch is not finished, `FarmError` or `PNGError` if an image is missing or damaged,
  ///   `MetricsError`, and what `onProgress` throws.
  package func measure(
    batch source: NamedSource, of batches: BatchStore, _ pictures: BatchPictures, _ emotions: [Emotion],
    onProgress: (EvaluationProgress, _ images: Int) throws -> Void
  ) async throws {
    let id = try await batches.find(source.value)
    let status = try await batches.status(id)
    try status.requireImages()
    guard status.isComplete else {
      throw AdminError(
        "batch \(id) is \(status.state.rawValue) with \(Measure.count(status.imagesDone)) of "
          + "\(Measure.count(status.images, "image")): wait for it (emofarm wait \(id))")
    }
    let isMeasured =
      try status.classifiers != nil
      && FileList(folder: classifiers, parts: ImageClassifiers.parts).digest == status.classifiers
    let uses: BatchPictures.Uses = !isMeasured ? .pixels : needsPixels ? [.pixels, .measurements] : .measurements
    var progress: EvaluationProgress?
    var done = 0
    var skipped: [LabelledImages.Skipped] = []
    try await pictures.forEach(of: id, emotions, uses: uses) { index in
      skipped.append(.init(place: "image \(index)", reason: "its plain text names no emotion, or several"))
    } _: { picture, emotion, total in
      let line = progress ?? EvaluationProgress("batch \(id)", of: total)
      progress = line
      try add(picture.image, of: emotion, known: picture.measurement.map { KnownFigures($0) })
      done += 1
      try onProgress(line, done)
    }
    try finish(
      source.name ?? "batch \(id)", role: .emotion,
      origin: "batch \(id)" + (isMeasured ? ", measured where it was made" : "")
        // A classifier that chose the images says nothing about them by itself.
        + (isMeasured && status.acceptance?.usesClassifiers == true
          ? "; accepted by these very classifiers: judge it by others (--classifiers)" : ""),
      skipped: skipped)
  }
}

extension KnownFigures {
  init(_ measurement: ImageMeasurement) {
    self.init(
      features: measurement.embedding.map { Float($0) }, probabilities: measurement.emotions.map { Double($0) },
      confidence: measurement.content.map { Double($0) })
  }
}
