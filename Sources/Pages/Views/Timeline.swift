import Admin
import Farm
import Foundation

/// Who rendered what: a strip for each worker, darker where it published more, with the figures as a table.
struct Timeline {
  let timeline: BatchTimeline

  /// Workers with a strip of their own.
  private static let shown = 16
  private static let labelled = 150
  private static let slot = 10
  private static let height = 16

  var html: HTML {
    let rows = timeline.rows.prefix(Self.shown)
    guard !rows.isEmpty else { return Parts.empty("No image yet.") }
    let most = rows.flatMap(\.counts).max() ?? 1
    let width = Self.labelled + BatchTimeline.slots * Self.slot
    let bottom = rows.count * Self.height
    let strips: [HTML] = rows.enumerated().map { strip($0.element, at: $0.offset * Self.height, most: most) }
    let ticks: [HTML] = [0, 0.5, 1].map { share in
      let x = Self.labelled + Int(Double(BatchTimeline.slots * Self.slot) * share)
      let anchor = share == 0 ? "start" : share == 1 ? "end" : "middle"
      let time = timeline.start.addingTimeInterval(timeline.width * Double(BatchTimeline.slots) * share)
      return "<text x=\"\(x)\" y=\"\(bottom + 14)\" text-anchor=\"\(anchor)\">\(Measure.time(time))</text>"
    }
    return """
      <div class="timeline scroll" tabindex="0" role="region" aria-label="Images by worker over time">
      <svg viewBox="0 0 \(width) \(bottom + 20)" role="img" aria-label="Images by worker over time; the table below has the figures">
      \(strips)\(ticks)</svg></div>
      <details><summary>\(Measure.count(timeline.rows.count, "worker")), slots of \(Measure.duration(timeline.width))</summary>\(table)</details>
      """
  }

  private static func name(_ row: BatchTimeline.Row) -> String {
    "worker \(row.worker)\(row.host.map { " on \($0)" } ?? "")"
  }

  private func strip(_ row: BatchTimeline.Row, at y: Int, most: Int) -> HTML {
    let cells: [HTML] = row.counts.enumerated().compactMap { slot, count in
      guard count > 0 else { return nil }
      // A single image is still seen.
      let share = String(format: "%.2f", 0.15 + 0.85 * Double(count) / Double(max(1, most)))
      let from = timeline.start.addingTimeInterval(timeline.width * Double(slot))
      let title = "\(Self.name(row)), \(Measure.time(from)): \(Measure.count(count, "image"))"
      return """
        <rect x="\(Self.labelled + slot * Self.slot)" y="\(y + 1)" width="\(Self.slot)" height="\(Self.height - 2)" fill-opacity="\(share)"><title>\(title)</title></rect>
        """
    }
    return """
      <text x="0" y="\(y + Self.height - 4)">\(TerminalText.fitted(Self.name(row), 24))</text><g class="strip">\(cells)</g>
      """
  }

  private var table: HTML {
    let rows: [[HTML]] = timeline.rows.prefix(100).map { row in
      let used = row.counts.filter { $0 > 0 }.count
      let perMinute = Double(row.images) / (Double(max(1, used)) * timeline.width) * 60
      return [
        "\(row.worker)", "\(row.host ?? "–")", "\(Measure.count(row.images))", "\(Measure.figure(perMinute))",
        used == 0 ? "–" : "\(Measure.duration(Double(used) * timeline.width))",
      ]
    }
    return Parts.table(
      "Images by worker", columns: ["Worker", "Host", "#Images", "#Images a minute at work", "#At work"], rows: rows)
  }
}
