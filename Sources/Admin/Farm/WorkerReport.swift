package import Farm
package import Foundation

/// Workers as a table.
package enum WorkerReport {
  package static func lines(_ workers: [WorkerStatus], now: Date) -> [String] {
    var table = TextTable([
      .number("WORKER"), .text("STATE"), .text("HOST"), .number("PID"), .number("JOB"),
      .number("THREADS"), .text("SEEN"), .text("ENGINE"), .text("NOTE"),
    ])
    for worker in workers {
      table.add([
        String(worker.id), worker.suspended == nil ? worker.state.rawValue : "suspended", worker.host,
        String(worker.pid), worker.job.map { String($0) } ?? "-",
        String(worker.threads), Measure.age(worker.heartbeat, now: now), worker.engine,
        worker.note ?? "",
      ])
    }
    return table.lines()
  }
}

extension WorkerStatus {
  /// The keys that `config/json-output.md` documents for a worker.
  package var document: JSONDocument {
    [
      "worker": JSONDocument(id), "host": JSONDocument(host), "pid": JSONDocument(pid), "engine": JSONDocument(engine),
      "version": JSONDocument(version), "threads": JSONDocument(threads), "state": JSONDocument(state.rawValue),
      "suspended": JSONDocument(suspended) { JSONDocument($0) },
      "note": JSONDocument(note) { JSONDocument($0) }, "job": JSONDocument(job) { JSONDocument($0) },
      "free_bytes": JSONDocument(freeBytes) { JSONDocument($0) },
      "started": JSONDocument(started), "heartbeat": JSONDocument(heartbeat),
      "ended": JSONDocument(ended) { JSONDocument($0) },
    ]
  }
}
