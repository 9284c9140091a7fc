package import Farm
package import Foundation

/// The whole farm in a few lines.
package struct FarmOverview: Sendable {
  private let home: String
  private let store: String
  private let database: String
  private let freeBytes: Int64?
  private let minimumFreeBytes: Int64
  private let batches: [BatchStatus]
  private let workers: [WorkerStatus]

  /// - Parameters:
  ///   - store: its folder or address.
  ///   - database: its address without secrets.
  ///   - freeBytes: on the store's volume; nil if it has no such limit.
  ///   - batches: the unfinished ones.
  ///   - workers: those alive.
  package init(
    home: String, store: String, database: String, freeBytes: Int64?, minimumFreeBytes: Int64, batches: [BatchStatus],
    workers: [WorkerStatus]
  ) {
    self.home = home
    self.store = store
    self.database = database
    self.freeBytes = freeBytes
    self.minimumFreeBytes = minimumFreeBytes
    self.batches = batches
    self.workers = workers
  }

  package var json: JSONDocument {
    [
      "home": JSONDocument(home), "store": JSONDocument(store), "database": JSONDocument(database),
      "free_bytes": JSONDocument(freeBytes) { JSONDocument($0) },
      "batches": .array(batches.map { BatchSnapshot($0).json }), "workers": .array(workers.map(\.document)),
    ]
  }

  package func lines(paint: Paint, now: Date) -> [String] {
    let space = freeBytes.map { free in
      let text = ", \(Measure.bytes(free)) free"
      guard free < minimumFreeBytes else { return text }
      return paint.red("\(text): workers wait until there are \(Measure.bytes(minimumFreeBytes))")
    }
    var lines = [
      "Data      \(home)",
      "Store     \(store)\(space ?? "")",
      "Database  \(database)",
      "Workers   \(summary)",
    ]
    for worker in workers {
      let note = worker.shownNote(now: now)
      guard !note.isEmpty else { continue }
      lines.append(
        "          worker \(worker.id) on \(TerminalText.safe(worker.host)): \(TerminalText.safe(note))")
    }
    if batches.isEmpty {
      lines += ["", "No batch is open. Make one with: emofarm enqueue --emotion all --count 10"]
    } else {
      lines += [""] + BatchTable.lines(batches, now: now)
      for batch in batches {
        guard let waits = batch.waitsFor else { continue }
        lines.append(paint.yellow("batch \(batch.id) waits \(TerminalText.safe(waits))"))
      }
    }
    return lines
  }

  private var summary: String {
    guard !workers.isEmpty else { return "none; start one with: emofarmd" }
    let busy = workers.filter { $0.job != nil }.count
    return "\(workers.count) alive, \(busy) at work"
  }
}
