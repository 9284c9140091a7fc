package import Engine
import Vocabulary

extension SourceReport {
  /// How figures and their intervals are computed.
  package struct Settings: Sendable {
    /// Number of bootstrap resamples, stratified by emotion.
    package var resamples = 1000
    package var seed: UInt64 = 0
    /// Images of an emotion that pairwise metrics look at: the first ones.
    package var pairLimit = 2000

    package init() {}

    /// Every figure of an emotion's images uses the same ones.
    func resampling(_ emotion: Emotion, images: Int) -> Resamples {
      Resamples(images: images, number: resamples, seed: seed ^ UInt64(emotion.index + 1) << 16)
    }
  }

  /// - Parameters:
  ///   - real: the measurements with which FID compares; nil for no FID.
  /// - Throws: `OpenBLASError` if LAPACK is missing.
  package init(
    label: String, role: Role, origin: String, _ measurements: Measurements,
    skipped: [LabelledImages.Skipped] = [], real: Measurements?, attributes: AttributeTable?,
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
    self.skipped = skipped
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
    figures[Metric.emotionAccuracy.rawValue] = Self.accuracy(
      strata.flatMap { $0.group.isRight($0.emotion) }, figures[Metric.emotionAccuracy.rawValue])
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

  /// The bootstrap's estimate, or Wilson's where all or none of the images are right or where they are few.
  fileprivate static func accuracy(_ isRight: [Double], _ bootstrap: Estimate?) -> Estimate? {
    let right = isRight.count { $0 > 0.5 }
    guard bootstrap != nil, isRight.count < Estimate.fewImages || right == 0 || right == isRight.count else {
      return bootstrap
    }
    return Estimate(right, of: isRight.count)
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

/// The images of one emotion with its figures.
private struct Stratum {
  let emotion: Emotion
  let group: Measurements.Group
  private(set) var samples: [Metric: Samples] = [:]

  init(_ emotion: Emotion, _ group: Measurements.Group, _ settings: SourceReport.Settings, on compute: Compute) {
    self.emotion = emotion
    self.group = group
    let all = settings.resampling(emotion, images: group.images)
    let features = Array(group.features.prefix(settings.pairLimit))
    let first = features.count == all.images ? all : settings.resampling(emotion, images: features.count)
    samples[.emotionAccuracy] = Samples(group.isRight(emotion), all)
    samples[.semanticClarity] = Samples(group.confidences, all)
    samples[.textSimilarity] = Samples(group.similarities, all)
    samples[.semanticDiversityCosine] = Samples(.cosine(features), first, on: compute)
    samples[.semanticDiversityError] = Samples(.meanSquaredError(features), first, on: compute)
    samples[.perceptualDistance] = group.perceptual
  }
}

extension SourceReport.EmotionReport {
  fileprivate init(_ stratum: Stratum, _ table: AttributeTable?, frechet: Estimate?) {
    let (emotion, group) = (stratum.emotion, stratum.group)
    self.emotion = emotion
    images = group.images
    var figures: [String: Estimate] = [:]
    for (metric, samples) in stratum.samples { figures[metric.rawValue] = samples.estimate }
    figures[Metric.emotionAccuracy.rawValue] = SourceReport.accuracy(
      group.isRight(emotion), figures[Metric.emotionAccuracy.rawValue])
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
