package import Foundation
import Postgres

/// Who rendered a batch's images when: counts by worker in equal slots of time.
package struct BatchTimeline: Hashable, Sendable {
  package struct Row: Hashable, Sendable {
    package let worker: Int64
    /// nil if the worker's registration was removed.
    package let host: String?
    /// Images by slot.
    package let counts: [Int]

    package var images: Int { counts.reduce(0, +) }
  }

  /// When the first slot begins: the batch's start.
  package let start: Date
  /// Seconds of a slot.
  package let width: Double
  /// The workers with the most images first.
  package let rows: [Row]

  package var end: Date { start.addingTimeInterval(width * Double(rows.first?.counts.count ?? 0)) }

  package init(start: Date, width: Double, rows: [Row]) {
    self.start = start
    self.width = width
    self.rows = rows
  }

  package static let slots = 60
}

extension BatchStore {
  /// The timeline of a batch; nil before it has begun.
  ///
  /// It reads every image's row: half a second at 1,000,000 images.
  package func timeline(_ id: Int64) async throws -> BatchTimeline? {
    try await pool.withConnection { connection in
      guard let span = try await connection.query(BatchSQL.span(id)).first else { return nil }
      let start = try span.double("start")
      let width = max(1, try span.double("seconds") / Double(BatchTimeline.slots))
      var counts: [Int64: [Int]] = [:]
      var hosts: [Int64: String] = [:]
      for row in try await connection.query(BatchSQL.timeline(id, start: start, width: width)) {
        let worker = try row.int64("worker_id")
        hosts[worker] = try row.optionalString("host")
        // An image that a repair had rendered again may be later than the batch's end.
        let slot = min(max(try row.int("slot"), 0), BatchTimeline.slots - 1)
        counts[worker, default: Array(repeating: 0, count: BatchTimeline.slots)][slot] += try row.int("images")
      }
      let rows = counts.map { BatchTimeline.Row(worker: $0.key, host: hosts[$0.key], counts: $0.value) }
      return BatchTimeline(
        start: Date(timeIntervalSince1970: start), width: width,
        rows: rows.sorted { ($1.images, $0.worker) < ($0.images, $1.worker) })
    }
  }
}
