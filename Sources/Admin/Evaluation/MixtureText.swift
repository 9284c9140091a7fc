package import Scoring
import Vocabulary

/// The emotions that mixtures show, as text.
package enum MixtureText {
  package static func lines(_ reports: [MixtureReport]) -> [String] {
    var table = TextTable([
      .text("0.5 / 0.5"), .number("images"), .text("most probable on average"), .text("both first"),
    ])
    for report in reports {
      let top = report.middle.ranking.prefix(3).map {
        "\($0.rawValue) \(Figures.text(report.middle.probabilities[$0.index]))"
      }
      table.add([
        report.pair.description, Measure.count(report.middle.images), top.joined(separator: ", "),
        report.showsBoth ? "yes" : "no",
      ])
    }
    var lines = table.lines()
    let missing = reports.filter { !$0.showsBoth }.map(\.pair.description)
    lines += [
      "", "\(reports.count - missing.count) of \(Measure.count(reports.count, "pair")) show both emotions first.",
    ]
    if !missing.isEmpty { lines.append("Exceptions: \(missing.joined(separator: ", ")).") }
    if let weights = reports.first?.sweep.map(\.weight), weights.count > 1 { lines += [""] + sweep(reports, weights) }
    return lines
  }

  private static func sweep(_ reports: [MixtureReport], _ weights: [Double]) -> [String] {
    var table = TextTable(
      [.text("mean probability of"), .text("against")]
        + weights.map { .number("weight \(Figures.text($0, digits: 2))") } + [.text("rises")])
    var falling: [String] = []
    for report in reports {
      for (emotion, other) in [(report.pair.first, report.pair.second), (report.pair.second, report.pair.first)] {
        let values = report.sweep.map { $0.probabilities[emotion.index].value }
        let ordered = emotion == report.pair.first ? values : values.reversed()
        let rises = report.rises(emotion)
        if !rises { falling.append("\(emotion.rawValue) against \(other.rawValue)") }
        table.add(
          [emotion.rawValue, other.rawValue] + ordered.map { Figures.text($0) } + [rises ? "yes" : "no"])
      }
    }
    var lines = table.lines()
    let total = 2 * reports.count
    lines += [
      "", "The probability rises with the weight at every step in \(total - falling.count) of \(total) sweeps.",
    ]
    if !falling.isEmpty { lines.append("Exceptions: \(falling.joined(separator: ", ")).") }
    return lines
  }
}
