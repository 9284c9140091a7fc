package import Foundation
import Postgres

/// A registered worker.
package struct WorkerStatus: Codable, Hashable, Sendable {
  package let id: Int64
  package let host: String
  package let pid: Int
  /// The engine kind. Equal kinds produce byte-identical images.
  package let engine: String
  package let version: String
  package let threads: Int
  package let state: WorkerState
  /// Why the worker does not claim jobs; nil if it does.
  package let note: String?
  /// Since when the worker claims nothing because of its host; nil if it is not suspended.
  package let suspended: Date?
  /// What its operator says that it has, such as a GPU.
  package let labels: [String]
  /// What an operator asked of it.
  package let request: WorkerRequest?
  package let job: Int64?
  package let freeBytes: Int64?
  package let started: Date
  package let heartbeat: Date
  package let ended: Date?

  init(_ row: PostgresRow) throws {
    id = try row.int64("id")
    host = try row.string("host")
    pid = try row.int("pid")
    engine = try row.string("engine")
    version = try row.string("version")
    threads = try row.int("threads")
    state = try row.state("state")
    note = try row.optionalString("note")
    suspended = try row.optionalDate("suspended_at")
    labels = try row.strings("labels")
    request = try WorkerRequest(row)
    job = try row.optionalInt64("job_id")
    freeBytes = try row.optionalInt64("free_bytes")
    started = try row.date("started_at")
    heartbeat = try row.date("heartbeat_at")
    ended = try row.optionalDate("ended_at")
  }
}
