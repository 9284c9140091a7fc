package import Foundation
import Postgres

/// An entry of the event log.
package struct FarmEvent: Codable, Hashable, Sendable {
  package let id: Int64
  package let at: Date
  package let batch: Int64?
  package let job: Int64?
  package let worker: Int64?
  package let level: EventLevel
  /// The kind of event, for example `job.quarantined`.
  package let kind: String
  package let detail: [String: String]

  init(_ row: PostgresRow) throws {
    id = try row.int64("id")
    at = try row.date("at")
    batch = try row.optionalInt64("batch_id")
    job = try row.optionalInt64("job_id")
    worker = try row.optionalInt64("worker_id")
    level = try row.state("level")
    kind = try row.string("kind")
    detail = try JSONColumn.decode([String: String].self, row, "detail")
  }
}

/// The severity of an event.
package enum EventLevel: String, CaseIterable, Codable, Hashable, Sendable {
  case info, warning, error
}
