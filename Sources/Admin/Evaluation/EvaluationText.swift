package import Scoring
import Vocabulary

/// A comparison as text.
package enum EvaluationText {
  /// The comparison, then each column by emotion, then the conclusions.
  ///
  /// - Parameter comparesWithPaper: whether to include the paper's table.
  package static func lines(_ report: EvaluationReport, comparesWithPaper: Bool = false) -> [String] {
    var lines = comparison(report)
    if comparesWithPaper { lines += [""] + paper() }
    for column in report.columns {
      lines += ["", "\(TerminalText.safe(column.label)): \(TerminalText.safe(column.origin))", ""]
      lines += byEmotion(column, report)
      lines += skipped(column)
      lines += ["", "the classifier's predictions, in % of the images (rows: requested emotion)"] + confusion(column)
      lines += ["", "the classifier's mean probability, in %"] + probabilities(column)
      let histogram = histogram(column)
      if !histogram.isEmpty { lines += ["", "images by their nearest attribute (* of another emotion)"] + histogram }
    }
    if !report.conclusions.isEmpty { lines += [""] + report.conclusions.map(TerminalText.safe) }
    return lines
  }

  private static func comparison(_ report: EvaluationReport) -> [String] {
    var table = TextTable([.text("")] + report.columns.map { .number(TerminalText.safe($0.label)) })
    table.add(["images"] + report.columns.map { Measure.count($0.images) })
    for metric in Metric.allCases {
      guard let title = report.titles[metric], report.columns.contains(where: { $0[metric] != nil }) else { continue }
      table.add([title] + report.columns.map { Figures.text($0[metric]) })
    }
    for (title, occurrence) in [
      ("attributes that occur", \SourceReport.occurrence),
      ("the same, attribute classifier", \SourceReport.classifiedOccurrence),
    ] where report.columns.contains(where: { $0[keyPath: occurrence] != nil }) {
      table.add([title] + report.columns.map { count($0[keyPath: occurrence]) })
    }
    let unmeasured = Metric.allCases.filter { report.titles[$0] == nil }.map(\.name)
    var lines = table.lines()
    lines.append("")
    lines.append(
      "95 % bootstrap intervals over images, stratified by emotion, \(Measure.count(report.resamples)) resamples; FID has none."
    )
    lines.append(
      "Emo-A of fewer than \(Estimate.fewImages) images, or with all or none right, has Wilson's interval; one image has none."
    )
    if report.columns.contains(where: { $0[.frechetDistance] != nil }) {
      lines.append("FID of few images is too high: compare only columns with the same number of images.")
    }
    if !unmeasured.isEmpty {
      lines.append(
        "Not measured, because \(TerminalText.safe(report.classifiers)) lacks the networks: \(unmeasured.joined(separator: ", "))."
      )
    }
    return lines
  }

  private static func byEmotion(_ column: SourceReport, _ report: EvaluationReport) -> [String] {
    let metrics = Metric.allCases.filter { metric in
      report.titles[metric] != nil && column.emotions.contains { $0[metric] != nil }
    }
    var table = TextTable(
      [.text("emotion"), .number("images")] + metrics.map { .number(report.heading($0)) } + [.number("attributes")])
    for emotion in column.emotions {
      table.add(
        [emotion.emotion.rawValue, Measure.count(emotion.images)]
          + metrics.map { Figures.text(emotion[$0]) } + [count(emotion.occurrence)])
    }
    return table.lines()
  }

  /// Files that a text names at most.
  private static let mostSkipped = 20

  private static func skipped(_ column: SourceReport) -> [String] {
    guard !column.skipped.isEmpty else { return [] }
    let rest = column.skipped.count - mostSkipped
    return ["", "not measured: \(Measure.count(column.skipped.count, "file or folder", plural: "files or folders"))"]
      + column.skipped.prefix(mostSkipped).map { "  \(TerminalText.safe("\($0.place): \($0.reason)"))" }
      + (rest > 0 ? ["  … and \(Measure.count(rest)) more (--json lists all)"] : [])
  }

  private static func confusion(_ column: SourceReport) -> [String] {
    matrix(column) { emotion in emotion.predicted.map { 100 * Double($0) / Double(max(1, emotion.images)) } }
  }

  private static func probabilities(_ column: SourceReport) -> [String] {
    matrix(column) { emotion in emotion.probabilities.map { 100 * $0 } }
  }

  private static func matrix(
    _ column: SourceReport, _ row: (SourceReport.EmotionReport) -> [Double]
  ) -> [String] {
    var table = TextTable([.text("")] + Emotion.allCases.map { .number($0.rawValue) })
    for emotion in column.emotions {
      table.add([emotion.emotion.rawValue] + row(emotion).map { Figures.text($0, digits: 0) })
    }
    return table.lines()
  }

  /// The most frequent attributes of each emotion.
  private static func histogram(_ column: SourceReport) -> [String] {
    let shown = 8
    guard column.emotions.contains(where: { !$0.attributes.isEmpty }) else { return [] }
    var table = TextTable([.text("emotion"), .text("attributes")])
    for emotion in column.emotions {
      var parts = emotion.attributes.prefix(shown).map { share in
        "\(share.attribute)\(share.emotion == nil || share.emotion == emotion.emotion ? "" : "*") \(share.images)"
      }
      let rest = emotion.attributes.dropFirst(shown)
      if !rest.isEmpty {
        parts.append("\(rest.count) others \(rest.reduce(0) { $0 + $1.images })")
      }
      table.add([emotion.emotion.rawValue, parts.joined(separator: ", ")])
    }
    return table.lines()
  }

  private static func count(_ occurrence: SourceReport.Occurrence?) -> String {
    occurrence.map { "\($0.occurring)/\($0.attributes)" } ?? "–"
  }

  private static func paper() -> [String] {
    var table = TextTable(
      [.text("the paper's Table 1")] + ["FID", "LPIPS", "Emo-A", "Sem-C", "Sem-D"].map { .number($0) })
    for row in PaperTable.rows {
      table.add([
        row.method, Figures.text(row.frechetDistance), Figures.text(row.perceptualDistance),
        Figures.text(row.emotionAccuracy, digits: 4), Figures.text(row.semanticClarity),
        Figures.text(row.semanticDiversity, digits: 4),
      ])
    }
    return table.lines() + ["", PaperTable.caveat]
  }
}
