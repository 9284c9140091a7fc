import Foundation
import Postgres

/// The statements on `events`.
enum EventSQL {
  static func append(
    _ level: EventLevel, _ kind: String, batch: Int64? = nil, job: Int64? = nil, worker: Int64? = nil,
    detail: [String: String] = [:]
  ) throws -> SQL {
    """
    INSERT INTO events (level, kind, batch_id, job_id, worker_id, detail)
    VALUES (\(level.rawValue)::event_level, \(kind), \(orNull: batch), \(orNull: job), \(orNull: worker), \(try JSONColumn.encode(detail)))
    """
  }

  /// A batch finished in this state.
  static func finished(_ batch: Int64, _ state: BatchState) throws -> SQL {
    try append(state == .done ? .info : .warning, "batch.finished", batch: batch, detail: ["state": state.rawValue])
  }

  static func recent(batch: Int64?, after: Int64, limit: Int) -> SQL {
    """
    SELECT * FROM (
      SELECT id, at, batch_id, job_id, worker_id, level, kind, detail::text AS detail FROM events
      WHERE id > \(after) AND (\(orNull: batch)::bigint IS NULL OR batch_id = \(orNull: batch)) ORDER BY id DESC LIMIT \(limit)
    ) latest ORDER BY id
    """
  }

  /// The latest event of each kind that is no mere information, among the latest `scan` events.
  static func problems(scan: Int, limit: Int) -> SQL {
    """
    SELECT * FROM (
      SELECT DISTINCT ON (kind) id, at, batch_id, job_id, worker_id, level, kind, detail::text AS detail,
        count(*) OVER (PARTITION BY kind) AS times
      FROM (SELECT * FROM events ORDER BY id DESC LIMIT \(scan)) recent
      WHERE level <> 'info' ORDER BY kind, id DESC
    ) problems ORDER BY id DESC LIMIT \(limit)
    """
  }
}
