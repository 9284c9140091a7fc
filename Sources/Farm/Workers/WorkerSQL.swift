import Postgres

/// The statements on `workers`.
enum WorkerSQL {
  static func register(
    host: String, pid: Int, engine: String, version: String, threads: Int, precisions: [String], registration: Int64
  ) -> SQL {
    """
    INSERT INTO workers (host, pid, engine, version, threads, precisions, registration)
    VALUES (\(host), \(pid), \(engine), \(version), \(threads), \(precisions), \(registration))
    RETURNING id
    """
  }

  static func lock(_ worker: WorkerKey) -> SQL {
    "SELECT state FROM workers WHERE id = \(worker.id) AND registration = \(worker.registration) FOR NO KEY UPDATE"
  }

  /// The condition that a registration exists, ended or not.
  static func isRegistered(_ worker: WorkerKey) -> SQL {
    "EXISTS (SELECT FROM workers WHERE id = \(worker.id) AND registration = \(worker.registration))"
  }

  static func heartbeat(_ id: Int64, _ machine: WorkerMachine, job: Int64?, freeBytes: Int64?, note: String?) -> SQL {
    """
    UPDATE workers SET state = \(machine.state.rawValue)::worker_state, heartbeat_at = statement_timestamp(),
      job_id = \(orNull: job), free_bytes = \(orNull: freeBytes), note = \(orNull: note)
    WHERE id = \(id)
    """
  }

  /// Stops a worker that is alive from claiming, because of its host. Returns a row if that is news.
  static func suspend(_ worker: WorkerKey, _ reason: String) -> SQL {
    """
    UPDATE workers SET suspended_at = statement_timestamp(), note = \(reason)
    WHERE id = \(worker.id) AND registration = \(worker.registration) AND ended_at IS NULL AND suspended_at IS NULL
    RETURNING id
    """
  }

  /// Lets a suspended worker claim again. Returns a row if it was suspended.
  static func resume(_ id: Int64) -> SQL {
    """
    UPDATE workers SET suspended_at = NULL, note = NULL
    WHERE id = \(id) AND ended_at IS NULL AND suspended_at IS NOT NULL RETURNING id
    """
  }

  static func isSuspended(_ worker: WorkerKey) -> SQL {
    """
    SELECT EXISTS (
      SELECT FROM workers
      WHERE id = \(worker.id) AND registration = \(worker.registration) AND suspended_at IS NOT NULL
    ) AS suspended
    """
  }

  static func find(_ id: Int64) -> SQL {
    "SELECT * FROM workers WHERE id = \(id)"
  }

  static func end(_ id: Int64, _ machine: WorkerMachine) -> SQL {
    """
    UPDATE workers SET state = \(machine.state.rawValue)::worker_state, ended_at = statement_timestamp(),
      job_id = NULL, note = NULL, suspended_at = NULL
    WHERE id = \(id)
    """
  }

  /// Returns silent workers and skips those locked by a concurrent sweep.
  static func silent(longerThan silence: Duration) -> SQL {
    """
    SELECT id, state FROM workers
    WHERE ended_at IS NULL AND heartbeat_at < statement_timestamp() - \(SQL.interval(silence))
    ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
    """
  }

  static func list(all: Bool) -> SQL {
    "SELECT * FROM workers WHERE \(all) OR ended_at IS NULL ORDER BY id DESC LIMIT 1000"
  }

  /// Whether a worker is available: one that reported recently and is not suspended, or that holds a job under a valid
  /// lease.
  ///
  /// An idle worker reports every few seconds. A worker that has a reason not to claim states it and reports once a
  /// minute.
  static func anyLive() -> SQL {
    """
    SELECT EXISTS (
      SELECT FROM workers
      WHERE ended_at IS NULL AND suspended_at IS NULL
        AND heartbeat_at > statement_timestamp() - CASE WHEN note IS NULL THEN interval '15 s' ELSE interval '90 s' END
    ) OR EXISTS (
      SELECT FROM jobs WHERE state = 'running' AND lease_expires_at > statement_timestamp()
    ) AS live
    """
  }
}
