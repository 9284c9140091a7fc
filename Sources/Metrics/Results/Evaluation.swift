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
  }

  private let measurer: Measurer
  private let compute: Compute
  private var sources: [Source] = []

  package init(_ measurer: Measurer, on compute: Compute) {
    self.measurer = measurer
    self.compute = compute
  }

  /// Adds an image to the current source.
  ///
  /// - Throws: `MetricsError` if the image is too small for a network or a network's results are not finite.
  package func add(_ image: RGBImage, of emotion: Emotion) throws { try measurer.add(image, of: emotion) }

  /// Ends the current source, which consists of the images added since the previous one.
  ///
  /// - Throws: `MetricsError` if it has no images.
  package func finish(_ label: String, role: SourceReport.Role, origin: String) throws {
    let measurements = try measurer.finish()
    guard measurements.images > 0 else { throw MetricsError("\(origin) has no image of an emotion to measure") }
    sources.append(Source(label: label, role: role, origin: origin, measurements: measurements))
  }

  /// - Parameter onSource: called with the label of each source before its figures are computed; throwing stops the
  ///   report.
  /// - Throws: `OpenBLASError` if LAPACK is missing.
  package func report(
    _ settings: SourceReport.Settings = .init(), onSource: (String) throws -> Void = { _ in }
  ) throws -> EvaluationReport {
    let real = sources.first { $0.role == .real }?.measurements
    let columns = try sources.map { source in
      try onSource(source.label)
      return try SourceReport(
        label: source.label, role: source.role, origin: source.origin, source.measurements,
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
