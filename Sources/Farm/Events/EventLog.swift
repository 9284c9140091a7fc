import Postgres

/// The append-only log of events.
package struct EventLog: Sendable {
  let pool: PostgresPool

  package func append(
    _ level: EventLevel, _ kind: String, batch: Int64? = nil, job: Int64? = nil, worker: Int64? = nil,
    detail: [String: String] = [:]
  ) async throws {
    let statement = try EventSQL.append(level, kind, batch: batch, job: job, worker: worker, detail: detail)
    _ = try await pool.withConnection { try await $0.query(statement) }
  }

  /// The latest events after an id, oldest first, of one batch or of all batches.
  package func recent(batch: Int64? = nil, after: Int64 = 0, limit: Int = 100) async throws -> [FarmEvent] {
    try await pool.withConnection {
      try await $0.query(EventSQL.recent(batch: batch, after: after, limit: limit)).map { try FarmEvent($0) }
    }
  }

  /// The latest warning or error of each kind, newest first, with their number among the latest events.
  package func problems(scan: Int = 2000, limit: Int = 20) async throws -> [(event: FarmEvent, times: Int)] {
    try await pool.withConnection {
      try await $0.query(EventSQL.problems(scan: scan, limit: limit)).map { (try FarmEvent($0), try $0.int("times")) }
    }
  }
}
