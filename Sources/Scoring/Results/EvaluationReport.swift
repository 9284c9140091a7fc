import Vocabulary

/// The columns of a comparison and the conclusions from them.
package struct EvaluationReport: Sendable {
  package let columns: [SourceReport]
  /// The titles of the metrics that can be measured with these classifiers.
  package let titles: [Metric: String]
  /// The folder of the classifiers.
  package let classifiers: String
  package let resamples: Int
  package let seed: UInt64

  package init(
    columns: [SourceReport], titles: [Metric: String], classifiers: String, resamples: Int, seed: UInt64
  ) {
    self.columns = columns
    self.titles = titles
    self.classifiers = classifiers
    self.resamples = resamples
    self.seed = seed
  }

  /// Whether the perceptual distance is LPIPS and not that of other networks, which do not compare with it.
  package var hasLPIPS: Bool { titles[.perceptualDistance] == Metric.perceptualDistance.name }

  /// A metric's name in a narrow column.
  package func heading(_ metric: Metric) -> String {
    metric == .perceptualDistance && !hasLPIPS ? "perceptual d." : metric.name
  }

  /// The first column with a role.
  package func column(_ role: SourceReport.Role) -> SourceReport? { columns.first { $0.role == role } }

  /// The Emo-A of the emotions divided by the same classifier's accuracy on real images; nil unless both exist.
  package var accuracyOfReal: Double? {
    guard let own = column(.emotion)?[.emotionAccuracy], let real = column(.real)?[.emotionAccuracy], real.value > 0
    else { return nil }
    return own.value / real.value
  }

  /// The conclusions from the figures, in sentences.
  package var conclusions: [String] {
    var lines: [String] = []
    guard let own = column(.emotion) else { return lines }
    if let share = accuracyOfReal, let mine = own[.emotionAccuracy], let real = column(.real)?[.emotionAccuracy] {
      lines.append(
        "\(own.label) reaches an Emo-A of \(figure(mine.value)), \(percent(share)) of the \(figure(real.value)) "
          + "that the same classifier reaches on real images.")
    }
    for (part, how) in [
      (\SourceReport.EmotionReport.occurrence, "by the nearest text"),
      (\SourceReport.EmotionReport.classifiedOccurrence, "by the attribute classifier"),
    ] {
      let known = own.emotions.compactMap { emotion in emotion[keyPath: part].map { (emotion.emotion, $0) } }
      guard let fewest = known.min(by: { $0.1.share < $1.1.share }) else { continue }
      let (all, found) = (known.reduce(0) { $0 + $1.1.attributes }, known.reduce(0) { $0 + $1.1.occurring })
      lines.append(
        "\(found) of \(all) attributes (\(percent(Double(found) / Double(max(1, all))))) occur in at least "
          + "\(percent(SourceReport.Occurrence.threshold)) of their emotion's images, \(how); the lowest share is "
          + "that of \(fewest.0.rawValue), \(fewest.1.occurring) of \(fewest.1.attributes).")
    }
    guard let baseline = column(.baseline) else { return lines }
    for metric in [Metric.emotionAccuracy, .semanticClarity] {
      guard let mine = own[metric], let other = baseline[metric] else { continue }
      let verdict = mine.value > other.value ? "above" : mine.value < other.value ? "below" : "equal to"
      let apart = overlap(mine, other) ? "; the intervals overlap" : ""
      lines.append(
        "\(metric.name) is \(verdict) that of \(baseline.label) (\(figure(mine.value)), "
          + "\(figure(other.value)))\(apart).")
    }
    if let mine = own[.semanticDiversityCosine], let other = baseline[.semanticDiversityCosine] {
      lines.append(
        "Sem-D is \(figure(mine.value)), that of \(baseline.label) is \(figure(other.value)): a baseline that "
          + "ignores the emotion spreads over all contents, so a high Sem-D alone says little.")
    }
    return lines
  }

  private func overlap(_ a: Estimate, _ b: Estimate) -> Bool {
    guard let (low, high) = a.bounds, let (otherLow, otherHigh) = b.bounds else { return false }
    return low <= otherHigh && otherLow <= high
  }

  private func figure(_ value: Double) -> String { Figures.text(value) }
  private func percent(_ share: Double) -> String { "\(Figures.text(100 * share, digits: 0)) %" }
}

extension Estimate {
  fileprivate var bounds: (Double, Double)? {
    guard let low, let high else { return nil }
    return (low, high)
  }
}
