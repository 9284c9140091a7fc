import Files
import Postgres

/// Checks the files of the image rows: promises 2 and 10; damage to pixels is found only if every file is read whole.
struct FileAudit {
  let database: FarmDatabase
  let store: ArtifactStore
  let isDeep: Bool

  /// The findings of one check.
  private struct Breaches {
    let promise: Int
    let check: String
    let message: String
    var rows: [String] = []
    var count = 0

    mutating func add(_ row: String) {
      count += 1
      if rows.count < Audit.shown { rows.append(row) }
    }

    var finding: AuditFinding? {
      count == 0 ? nil : AuditFinding(promise: promise, check: check, message: message, rows: rows, count: count)
    }
  }

  private struct Findings {
    var missing = Breaches(promise: 2, check: "file.missing", message: "an accepted image has no file")
    var damaged = Breaches(
      promise: 2, check: "file.damaged", message: "an accepted image's file differs from what was published")
    var untrue = Breaches(
      promise: 10, check: "file.provenance", message: "a file's provenance contradicts its row or batch")
  }

  /// Visits every image row in order, a few thousand at a time, so that memory use is independent of the farm's size.
  func run(batch: Int64?) async throws -> [AuditFinding] {
    var findings = Findings()
    var position: (batch: Int64, index: Int) = (-1, -1)
    while true {
      let rows = try await database.images.page(after: position, of: batch, limit: 5000)
      guard let last = rows.last else { break }
      findings = try await BlockingExecutor.run { [findings] in
        var findings = findings
        try ReadAhead.forEach(rows, width: store.width) {
          try FileFault.find($0, in: store, isDeep ? .pixels : .beginning)
        } _: { row, fault in
          note(row, try fault.get(), &findings)
        }
        return findings
      }
      position = (last.batch, last.index)
      try Task.checkCancellation()
    }
    return [findings.missing, findings.damaged, findings.untrue].compactMap(\.finding)
  }

  private func note(_ row: ImageRow, _ fault: FileFault?, _ findings: inout Findings) {
    guard let fault else { return }
    let line = "image \(row.index) of batch \(row.batch): \(fault.message)"
    switch fault.kind {
    case .missing: findings.missing.add(line)
    case .damaged: findings.damaged.add(line)
    case .untrue: findings.untrue.add(line)
    }
  }
}
