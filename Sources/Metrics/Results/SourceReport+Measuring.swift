package import Engine
import Vocabulary

extension SourceReport {
  /// How figures and their intervals are computed.
  package struct Settings: Sendable {
    /// Number of bootstrap resamples, stratified by emotion.
    package var resamples = 1000
    package var seed: UInt64 = 0
    /// Maximum number of images of an emotion for pairwise metrics, which use the first ones.
    package var pairLimit = 2000

    package init() {}
  }

  /// - Parameters:
  ///   - real: the measurements with which FID compares; nil for no FID.
  /// - Throws: `OpenBLASError` if LAPACK is missing.
  package init(
    label: String, role: Role, origin: String, _ measurements: Measurements, real: Measurements?,
    attributes: AttributeTable?,
    settings: Settings = Settings(), on compute: Compute
  ) throws {
    var strata: [Stratum] = []
    for emotion in measurements.emotions {
      guard let group = measurements.groups[emotion] else { continue }
      strata.append(Stratum(emotion, group, settings, on: compute))
    }
    self.label = label
    self.role = role
    self.origin = origin
    images = measurements.images
    emotions = try strata.map { stratum in
      let reference = real?.groups[stratum.emotion]?.frechetFeatures ?? []
      return EmotionReport(
        stratum, attributes, frechet: try Self.frechet(stratum.group.frechetFeatures, reference))
    }
    var figures: [String: Estimate] = [:]
    for metric in Metric.allCases {
      let known = strata.compactMap { $0.samples[metric] }
      guard known.count == strata.count, !known.isEmpty else { continue }
      figures[metric.rawValue] = Samples.joined(known).estimate
    }
    if let real {
      func all(_ measurements: Measurements) -> [[Float]] {
        measurements.emotions.flatMap { measurements.groups[$0]?.frechetFeatures ?? [] }
      }
      figures[Metric.frechetDistance.rawValue] = try Self.frechet(all(measurements), all(real))
    }
    self.figures = figures
    occurrence = Self.sum(emotions.map(\.occurrence))
    classifiedOccurrence = Self.sum(emotions.map(\.classifiedOccurrence))
  }

  /// FID has no interval, because the repeated images of a resample change the covariance by themselves.
  private static func frechet(_ features: [[Float]], _ reference: [[Float]]) throws -> Estimate? {
    guard features.count > 1, reference.count > 1 else { return nil }
    return Estimate(try FrechetDistance.between(features, reference))
  }

  private static func sum(_ parts: [Occurrence?]) -> Occurrence? {
    let known = parts.compactMap(\.self)
    guard !known.isEmpty else { return nil }
    return Occurrence(
      attributes: known.reduce(0) { $0 + $1.attributes }, occurring: known.reduce(0) { $0 + $1.occurring })
  }
}

/// A figure of one emotion, with its values in all resamples.
private struct Samples {
  /// The number of images for a mean over images; 1 for a mean over pairs, to which all emotions contribute equally.
  let weight: Double
  let value: Double
  let resampled: [Double]

  var estimate: Estimate { Estimate(value, resampled: resampled) }

  /// The weighted mean of several emotions in each resample.
  static func joined(_ parts: [Samples]) -> Samples {
    let total = parts.reduce(0) { $0 + $1.weight }
    let count = parts.map(\.resampled.count).min() ?? 0
    return Samples(
      weight: total, value: parts.reduce(0) { $0 + $1.weight * $1.value } / total,
      resampled: (0..<count).map { index in parts.reduce(0) { $0 + $1.weight * $1.resampled[index] } / total })
  }
}

/// The measurements of one emotion's images and the figures from them.
private struct Stratum {
  let emotion: Emotion
  let group: Measurements.Group
  private(set) var samples: [Metric: Samples] = [:]

  init(_ emotion: Emotion, _ group: Measurements.Group, _ settings: SourceReport.Settings, on compute: Compute) {
    self.emotion = emotion
    self.group = group
    func resamples(_ images: Int) -> Resamples {
      Resamples(images: images, number: settings.resamples, seed: settings.seed ^ UInt64(emotion.index + 1) << 16)
    }
    let all = resamples(group.images)
    func mean(_ values: [Double]) -> Samples? {
      guard values.count == group.images, !values.isEmpty else { return nil }
      let count = Double(values.count)
      return Samples(
        weight: count, value: values.reduce(0, +) / count, resampled: all.sums(values).map { $0 / count })
    }
    func pairs(_ distances: PairwiseDistances) -> Samples? {
      guard distances.images > 1 else { return nil }
      let drawn = distances.images == all.images ? all : resamples(distances.images)
      return Samples(weight: 1, value: distances.mean, resampled: drawn.means(distances, on: compute))
    }
    let features = Array(group.features.prefix(settings.pairLimit))
    samples[.emotionAccuracy] = mean(group.isRight(emotion))
    samples[.semanticClarity] = mean(group.confidences)
    samples[.textSimilarity] = mean(group.similarities)
    samples[.semanticDiversityCosine] = pairs(.cosine(features))
    samples[.semanticDiversityError] = pairs(.meanSquaredError(features))
    samples[.perceptualDistance] = pairs(
      .squared(Array(group.perceptualVectors.prefix(settings.pairLimit)), on: compute))
  }
}

extension SourceReport.EmotionReport {
  fileprivate init(_ stratum: Stratum, _ table: AttributeTable?, frechet: Estimate?) {
    let (emotion, group) = (stratum.emotion, stratum.group)
    self.emotion = emotion
    images = group.images
    var figures: [String: Estimate] = [:]
    for (metric, samples) in stratum.samples { figures[metric.rawValue] = samples.estimate }
    figures[Metric.frechetDistance.rawValue] = frechet
    self.figures = figures
    var predicted = [Int](repeating: 0, count: Emotion.allCases.count)
    for index in group.predictions { predicted[index] += 1 }
    self.predicted = predicted
    probabilities = Emotion.allCases.indices.map { index in
      group.probabilities.reduce(0) { $0 + $1[index] } / Double(max(1, group.images))
    }
    let counts = Self.counts(group.nearestAttributes, table)
    attributes = (table?.names.indices.map { $0 } ?? []).filter { counts[$0] > 0 }
      .sorted { (counts[$0], $1) > (counts[$1], $0) }
      .map { .init(attribute: table?.names[$0] ?? "", emotion: table?.emotions[$0], images: counts[$0]) }
    occurrence = Self.occurrence(counts, of: emotion, group.nearestAttributes.count, table)
    let classified = group.classifiedAttributes.compactMap(\.self)
    classifiedOccurrence =
      group.classifiedAttributes.isEmpty
      ? nil : Self.occurrence(Self.counts(classified, table), of: emotion, group.classifiedAttributes.count, table)
  }

  private static func counts(_ attributes: [Int], _ table: AttributeTable?) -> [Int] {
    var counts = [Int](repeating: 0, count: table?.names.count ?? 0)
    for attribute in attributes { counts[attribute] += 1 }
    return counts
  }

  private static func occurrence(
    _ counts: [Int], of emotion: Emotion, _ images: Int, _ table: AttributeTable?
  ) -> SourceReport.Occurrence? {
    guard let table, images > 0, table.emotions.contains(where: { $0 != nil }) else { return nil }
    let own = table.own(emotion)
    let needed = SourceReport.Occurrence.threshold * Double(images)
    return .init(attributes: own.count, occurring: own.filter { Double(counts[$0]) >= needed }.count)
  }
}
