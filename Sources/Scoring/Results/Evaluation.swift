package import EmoGen
package import Engine
import Files
package import Imaging
package import Vocabulary

/// Measures several sources of images with the same networks for comparison.
package final class Evaluation {
  private struct Source {
    let label: String
    let role: SourceReport.Role
    let origin: String
    let measurements: Measurements
    let skipped: [LabelledImages.Skipped]
  }

  private let measurer: Measurer
  private let settings: SourceReport.Settings
  package let compute: Compute
  private var sources: [Source] = []

  /// - Parameters:
  ///   - attributes: what images are searched for; the attribute classifier's classes if nil.
  ///   - emotionTemplate: what CLIP compares an image with; `{emotion}` stands for its emotion.
  ///   - attributeTemplate: the same for attributes, with `{attribute}`.
  /// - Throws: `ModelInputError` if the tokenizer belongs to another CLIP model.
  package init(
    _ classifiers: Classifiers, attributes: AttributeTable?, emotionTemplate: String, attributeTemplate: String,
    settings: SourceReport.Settings = .init(), on compute: Compute
  ) throws {
    measurer = try Measurer(
      classifiers, attributes: attributes, emotionTemplate: emotionTemplate, attributeTemplate: attributeTemplate,
      settings: settings, on: compute)
    self.settings = settings
    self.compute = compute
  }

  /// Adds an image to the current source; the images of an emotion have to follow each other.
  ///
  /// - Parameters:
  ///   - image: nil if its figures are known and ``needsPixels`` is false.
  ///   - known: what the same classifiers measured of it before.
  /// - Throws: `MetricsError` if the image is too small for a network or a network's results are not finite.
  package func add(_ image: RGBImage?, of emotion: Emotion, known: KnownFigures? = nil) throws {
    try measurer.add(image, of: emotion, known: known)
  }

  /// The folder of the classifiers.
  package var classifiers: String { measurer.classifiers.folder }

  /// Whether images whose figures are known must be read for others.
  package var needsPixels: Bool { measurer.classifiers.needsPixels }

  /// Ends the current source, which consists of the images added since the previous one.
  ///
  /// - Parameter skipped: what belongs to it and was not measured.
  /// - Throws: `MetricsError` if it has no images.
  package func finish(
    _ label: String, role: SourceReport.Role, origin: String, skipped: [LabelledImages.Skipped] = []
  ) throws {
    let measurements = try measurer.finish()
    guard measurements.images > 0 else { throw MetricsError("\(origin) has no image of an emotion to measure") }
    sources.append(
      Source(label: label, role: role, origin: origin, measurements: measurements, skipped: skipped))
  }

  /// Renders a column's images and measures them.
  ///
  /// - Parameter onProgress: called after every block of work with the images that are measured; may throw to stop.
  /// - Throws: `RenderError` if the model cannot render them, and what `onProgress` throws.
  package func render(
    _ column: RenderedColumn, with pipeline: EmoGenPipeline, onProgress: (_ images: Int) throws -> Void
  ) throws {
    var done = 0
    try column.images.render(with: pipeline) {
      try onProgress(done)
    } onImage: { image, emotion in
      try add(image, of: emotion)
      done += 1
    }
    try finish(column.label, role: column.role, origin: column.origin)
  }

  /// Reads and measures a folder's images, a few of them at a time, upright as their Exif data say. A file that cannot be
  /// read is skipped, and the report names it.
  ///
  /// - Parameter onProgress: called after every few images with the number that is measured; may throw to stop.
  /// - Throws: `MetricsError`, and what `onProgress` throws.
  package func measure(_ column: FolderColumn, onProgress: (_ images: Int) throws -> Void) throws {
    var skipped = column.images.skipped
    let images = Emotion.allCases.flatMap { emotion in column.images.images.filter { $0.emotion == emotion } }
    for start in stride(from: 0, to: images.count, by: Measurer.batch) {
      let part = images[start..<min(start + Measurer.batch, images.count)]
      let pictures = try compute.sideBySide(part.count) { piece in
        Result { try part[start + piece].picture() }
      }
      for (image, picture) in zip(part, pictures) {
        switch picture {
        case .success(let picture): try add(picture, of: image.emotion)
        case .failure(let error as any CodedError):
          skipped.append(LabelledImages.Skipped(place: image.file, reason: error.message))
        case .failure(let error): throw error
        }
      }
      try onProgress(start + part.count)
    }
    try finish(column.label, role: column.role, origin: column.origin, skipped: skipped)
  }

  /// - Parameter onSource: called with the label of each source before its figures are computed; may throw to stop.
  /// - Throws: `OpenBLASError` if LAPACK is missing.
  package func report(onSource: (String) throws -> Void = { _ in }) throws -> EvaluationReport {
    let real = sources.first { $0.role == .real }?.measurements
    let columns = try sources.map { source in
      try onSource(source.label)
      return try SourceReport(
        label: source.label, role: source.role, origin: source.origin, source.measurements, skipped: source.skipped,
        real: source.role == .real ? nil : real, attributes: measurer.attributes, settings: settings, on: compute)
    }
    let titles = Metric.allCases.compactMap { metric in
      measurer.classifiers.title(metric).map { (metric, $0) }
    }
    return EvaluationReport(
      columns: columns, titles: Dictionary(uniqueKeysWithValues: titles), classifiers: measurer.classifiers.folder,
      resamples: settings.resamples, seed: settings.seed)
  }
}
