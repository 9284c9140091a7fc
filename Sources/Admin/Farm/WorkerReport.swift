package import Farm
package import Foundation

/// Workers as a table.
package enum WorkerReport {
  package static func lines(_ workers: [WorkerStatus], now: Date) -> [String] {
    var table = TextTable([
      .number("WORKER"), .text("STATE"), .text("HOST"), .number("PID"), .number("JOB"),
      .number("THREADS"), .text("SEEN"), .text("ENGINE"), .text("LABELS"), .text("NOTE"),
    ])
    for worker in workers {
      table.add([
        String(worker.id), worker.shownState, worker.host,
        String(worker.pid), worker.job.map { String($0) } ?? "-",
        String(worker.threads), Measure.age(worker.heartbeat, now: now), worker.engine,
        worker.labels.isEmpty ? "-" : worker.labels.joined(separator: ","), worker.shownNote(now: now),
      ])
    }
    return table.lines()
  }
}

extension WorkerStatus {
  /// One word for what the worker does.
  package var shownState: String {
    guard state == .active else { return state.rawValue }
    switch request?.kind {
    case .drain: return "draining"
    case .pause: return "paused"
    case nil: return suspended == nil ? state.rawValue : "suspended"
    }
  }

  /// Why the worker claims nothing, and what an operator asked and when; empty if it claims.
  package func shownNote(now: Date) -> String {
    guard let request, ended == nil else { return note ?? "" }
    let asked = "\(request.note) \(Measure.age(request.at, now: now))"
    return note.flatMap { $0 == request.note ? nil : "\(asked); \($0)" } ?? asked
  }

  /// The keys that `config/json-output.md` documents for a worker.
  package var document: JSONDocument {
    [
      "worker": JSONDocument(id), "host": JSONDocument(host), "pid": JSONDocument(pid), "engine": JSONDocument(engine),
      "version": JSONDocument(version), "threads": JSONDocument(threads), "state": JSONDocument(state.rawValue),
      "suspended": JSONDocument(suspended) { JSONDocument($0) },
      "labels": .array(labels.map { JSONDocument($0) }),
      "request": JSONDocument(request) {
        ["kind": JSONDocument($0.kind.rawValue), "at": JSONDocument($0.at), "by": JSONDocument($0.by)]
      },
      "note": JSONDocument(note) { JSONDocument($0) }, "job": JSONDocument(job) { JSONDocument($0) },
      "free_bytes": JSONDocument(freeBytes) { JSONDocument($0) },
      "started": JSONDocument(started), "heartbeat": JSONDocument(heartbeat),
      "ended": JSONDocument(ended) { JSONDocument($0) },
    ]
  }
}
