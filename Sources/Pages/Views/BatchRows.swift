import Admin
import Farm
import Foundation

/// Batches as rows of a table.
enum BatchRows {
  static func table(_ rows: [[HTML]]) -> HTML {
    Parts.table(
      "Batches", columns: ["Batch", "State", "Name", "Progress", "#Done", "Time left", "User", "Created"], rows: rows)
  }

  static func row(_ status: BatchStatus, rate: Double?, now: Date) -> [HTML] {
    let (done, all) = progress(status)
    let failed: HTML? =
      status.jobs.failed > 0
      ? " <span class=\"warn\">\(Measure.count(status.jobs.failed)) quarantined</span>" : nil
    let waits: HTML? = status.waitsFor.map { "<div class=\"warn\">waits \($0)</div>" }
    return [
      Parts.batchLink(status.id), Parts.state(status.state.rawValue),
      "<a class=\"name\" href=\"/batches/\(status.id)\">\(TerminalText.fitted(status.name, 80))</a>\(failed)\(waits)",
      Parts.bar(done, of: all, label: "Progress of batch \(status.id)"),
      "\(Measure.count(done)) / \(Measure.count(all))\(status.training == nil ? "" : " steps")",
      "\(timeLeft(status, rate: rate))", "\(TerminalText.fitted(status.user, 20))",
      Parts.time(status.created, now: now),
    ]
  }

  /// Finished and requested images, or steps of a training.
  static func progress(_ status: BatchStatus) -> (done: Int, all: Int) {
    status.training.map { ($0.step, $0.steps) } ?? (status.imagesDone, status.images)
  }

  private static func timeLeft(_ status: BatchStatus, rate: Double?) -> String {
    guard status.state == .running else { return "–" }
    if let training = status.training { return training.secondsLeft.map { Measure.duration($0) } ?? "–" }
    guard let rate, rate > 0 else { return "–" }
    return Measure.duration(Double(max(0, status.images - status.imagesDone)) / rate)
  }
}

/// Events as rows of a table.
enum EventRows {
  static func table(_ events: [FarmEvent], now: Date) -> HTML {
    let rows: [[HTML]] = events.reversed().map { event in
      [
        Parts.time(event.at, now: now), Parts.state(event.level.rawValue), "\(event.kind)",
        "\(event.worker.map { "worker \($0)" } ?? "")", "\(event.job.map { "job \($0)" } ?? "")", detail(event),
      ]
    }
    return Parts.table("Events", columns: ["When", "Level", "What", "Worker", "Job", "Detail"], rows: rows)
  }

  static func detail(_ event: FarmEvent) -> HTML {
    let pieces: [HTML] = event.detail.sorted { $0.key < $1.key }.map { key, value in
      "<div class=\"detail\"><span class=\"dim\">\(key)</span> \(TerminalText.fitted(value, 600))</div>"
    }
    return "\(pieces)"
  }

  /// The command that shows more of an event or mends its cause.
  static func help(_ event: FarmEvent) -> String {
    let batch = event.batch.map { " \($0)" } ?? ""
    switch event.kind {
    case "job.quarantined": return "emofarm status\(batch), then emofarm retry\(batch)"
    case "batch.finished": return "emofarm status\(batch), then emofarm retry\(batch)"
    case "batch.cancelled": return "emofarm retry\(batch)"
    case "worker.suspended": return "emofarm workers, then emofarm workers resume\(event.worker.map { " \($0)" } ?? "")"
    case "worker.lost": return "emofarm workers --all"
    case "store.adopted": return "emofarm store status"
    case "batch.repair", "repair.differs": return "emofarm repair --dry-run"
    default: return event.batch.map { "emofarm events \($0)" } ?? "emofarm events"
    }
  }
}
