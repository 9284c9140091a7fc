import Postgres

/// The statements that remove what is older than its limit. Each removes at most `limit` rows, so that none holds locks
/// for long, and skips rows that another worker is removing. The rows are chosen in a materialised CTE: a subquery might
/// be evaluated more than once and exceed the limit.
enum RetentionSQL {
  /// A number that only events have that are young enough.
  ///
  /// Ids follow time, so this is where a thousand events are young enough: a few may be out of order, because the clock
  /// was set back. Finding it reads every older event once.
  static func youngEvents(than age: Duration) -> SQL {
    """
    SELECT coalesce(
      (SELECT id FROM events WHERE at >= statement_timestamp() - \(SQL.interval(age)) ORDER BY id OFFSET 999 LIMIT 1),
      9223372036854775807) AS id
    """
  }

  /// Events that may go: all but those that the audit needs, which say how a batch that still exists ended and why a job
  /// is in quarantine.
  ///
  /// - Parameter ids: after the first and before the second number.
  private static func events(olderThan age: Duration, _ ids: (after: Int64, before: Int64)) -> SQL {
    """
    SELECT e.id FROM events e
    WHERE e.id > \(ids.after) AND e.id < \(ids.before) AND e.at < statement_timestamp() - \(SQL.interval(age))
      AND NOT (e.batch_id IS NOT NULL AND e.kind IN ('batch.finished', 'batch.cancelled')
        OR e.kind = 'job.quarantined' AND EXISTS (SELECT FROM jobs WHERE id = e.job_id AND state = 'failed'))
    """
  }

  static func countEvents(olderThan age: Duration, before: Int64) -> SQL {
    "SELECT count(*) AS removed FROM (\(events(olderThan: age, (-1, before)))) old"
  }

  static func removeEvents(olderThan age: Duration, after: Int64, before: Int64, limit: Int) -> SQL {
    """
    WITH old AS MATERIALIZED (
      \(events(olderThan: age, (after, before))) ORDER BY e.id LIMIT \(limit) FOR UPDATE SKIP LOCKED
    ), gone AS (
      DELETE FROM events WHERE id IN (SELECT id FROM old) RETURNING id
    )
    SELECT count(*) AS removed, max(id) AS last FROM gone
    """
  }

  /// Attempts that may go: those of batches that ended long ago, except of jobs in quarantine, whose errors they hold.
  private static func attempts(olderThan age: Duration, fromBatch first: Int64) -> SQL {
    """
    SELECT a.batch_id, a.job_id, a.token FROM batches b JOIN attempts a ON a.batch_id = b.id
      JOIN jobs j ON j.id = a.job_id
    WHERE b.id >= \(first) AND b.finished_at < statement_timestamp() - \(SQL.interval(age)) AND a.outcome IS NOT NULL AND j.state <> 'failed'
    """
  }

  static func countAttempts(olderThan age: Duration) -> SQL {
    "SELECT count(*) AS removed FROM (\(attempts(olderThan: age, fromBatch: 0))) old"
  }

  /// The audit learns from the batch that its attempts are incomplete.
  static func removeAttempts(olderThan age: Duration, fromBatch first: Int64, limit: Int) -> SQL {
    """
    WITH old AS MATERIALIZED (
      \(attempts(olderThan: age, fromBatch: first)) ORDER BY b.id LIMIT \(limit) FOR UPDATE OF a SKIP LOCKED
    ), gone AS (
      DELETE FROM attempts WHERE (batch_id, job_id, token) IN (SELECT batch_id, job_id, token FROM old)
      RETURNING batch_id
    ), noted AS (
      UPDATE batches SET attempts_pruned_at = statement_timestamp() WHERE id IN (SELECT batch_id FROM gone)
    )
    SELECT count(*) AS removed, max(batch_id) AS last FROM gone
    """
  }

  private static func workers(olderThan age: Duration) -> SQL {
    """
    SELECT w.id FROM workers w
    WHERE w.ended_at < statement_timestamp() - \(SQL.interval(age))
      AND NOT EXISTS (SELECT FROM jobs WHERE state = 'running' AND worker_id = w.id)
    """
  }

  static func countWorkers(olderThan age: Duration) -> SQL {
    "SELECT count(*) AS removed FROM (\(workers(olderThan: age))) old"
  }

  /// The audit learns from the farm's row up to which number registrations may be missing.
  static func removeWorkers(olderThan age: Duration, limit: Int) -> SQL {
    """
    WITH old AS MATERIALIZED (
      \(workers(olderThan: age)) ORDER BY w.id LIMIT \(limit) FOR UPDATE SKIP LOCKED
    ), gone AS (
      DELETE FROM workers WHERE id IN (SELECT id FROM old) RETURNING id
    ), noted AS (
      UPDATE farm SET workers_pruned_to = greatest(workers_pruned_to, (SELECT max(id) FROM gone))
      WHERE EXISTS (SELECT FROM gone)
    )
    SELECT count(*) AS removed, max(id) AS last FROM gone
    """
  }
}
