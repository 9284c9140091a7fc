import EmoGen
package import Engine
package import Farm
import Files
package import Imaging
import Logging
import Provenance
package import Scoring
import Vocabulary

extension ImageJobRun {
  /// Measures an image as its batch asks, while its pixels are in memory; nil if the batch does not ask. Runs on the
  /// rendering thread, as a block of work of its own.
  func measure(_ image: RGBImage) throws -> ImageMeasurement? {
    guard let folder = job.classifiers, let digest = folder.sha256 else { return nil }
    services.blocks.start(.now)
    let classifiers = try services.classifiers.classifiers(digest) { try loadClassifiers(folder) }
    let measurement = try ImageMeasurement(image, by: classifiers, digest: digest, on: services.compute)
    let now = ContinuousClock.now
    services.blocks.finish(now)
    let beats = course.withLock { course in
      course.imageMeasured(now)
      return course.blockFinished(nil, now).beats
    }
    if beats { self.beats.continuation.yield() }
    services.notify(.progress)
    return measurement
  }

  /// Why the batch does not accept an image, as far as its pixels and its measurement say; nil if it may.
  func judge(_ image: RGBImage, _ measurement: ImageMeasurement?) throws -> Rejection? {
    guard let acceptance = job.acceptance else { return nil }
    if acceptance.content != nil, measurement?.content == nil {
      throw MetricsError(
        "accept.content needs a classifier of content: \(job.classifiers?.path ?? "the batch") has none of "
          + "attribute_classifier, imagenet and places365")
    }
    let emotion = job.subject.emotion.flatMap { spec in measurement.map { Double($0.emotions[spec.dominant.index]) } }
    return acceptance.judge(
      isBlank: acceptance.notBlank && image.isBlank, emotion: emotion,
      content: measurement?.content.map { Double($0) })
  }

  /// The same for its file, which is read back.
  func judge(_ file: [UInt8], of image: FinishedImage) -> Rejection? {
    if let rejection = image.rejection { return rejection }
    guard job.acceptance?.decodes == true else { return nil }
    let decoded = try? PNGProvenance.decode(file, named: "image \(image.index)")
    return decoded?.image == image.rendered.image ? nil : Rejection(criterion: .decodes)
  }

  /// Loads the classifiers from their path or, where that has other files or none, from the farm's store.
  private func loadClassifiers(_ folder: AddedFile) throws -> ImageClassifiers {
    // The copies are locked while this value exists.
    let files = inputs()
    defer { withExtendedLifetime(files) {} }
    let place = try files.locate(folder, parts: ImageClassifiers.parts)
    return try ImageClassifiers(folder: place) { _ in try blockFinished(nil) }
  }
}

extension ImageMeasurement {
  /// - Throws: `MetricsError` if a network's results are not finite.
  package init(
    _ image: RGBImage, by classifiers: ImageClassifiers, digest: String, on compute: Compute
  ) throws {
    let figures = try classifiers.measure([image], on: compute)
    let embedding = (figures.features.first ?? []).map { Float16($0) }
    guard embedding.allSatisfy(\.isFinite) else {
      throw MetricsError(
        "CLIP's features of an image exceed the range of 16-bit numbers: its weights in \(classifiers.folder) are damaged, "
          + "or of another kind")
    }
    self.init(
      classifiers: digest, emotions: (figures.probabilities.first ?? []).map { Float($0) },
      content: figures.confidences.first.map { Float($0) }, attribute: figures.attributes.first,
      embedding: embedding, hash: PerceptualHash(of: image))
  }
}
