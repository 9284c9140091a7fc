import Postgres

/// The statements on `workers`.
enum WorkerSQL {
  static func register(
    host: String, pid: Int, engine: String, version: String, threads: Int, precisions: [String], labels: [String],
    request: WorkerRequest?, registration: Int64
  ) -> SQL {
    """
    INSERT INTO workers (host, pid, engine, version, threads, precisions, labels, request, requested_at, requested_by,
      registration)
    VALUES (\(host), \(pid), \(engine), \(version), \(threads), \(precisions), \(labels),
      \(orNull: request?.kind.rawValue), \(orNull: request?.at), \(orNull: request?.by), \(registration))
    RETURNING id
    """
  }

  /// The condition that a worker `w` can do the jobs of a batch `b`: it has the labels and number formats that the batch
  /// requires. Whatever asks who can take what asks this.
  static let canDo = canDo(precisions: "w.precisions", labels: "w.labels")

  /// As above for a worker with these number formats and labels.
  static func canDo(precisions: SQL, labels: SQL) -> SQL {
    "(b.precisions <@ \(precisions) AND b.labels <@ \(labels))"
  }

  /// The condition that a worker `w` that is alive takes jobs at all.
  static let takesJobs: SQL =
    "(w.ended_at IS NULL AND w.state = 'active' AND w.suspended_at IS NULL AND w.request IS NULL)"

  static func lock(_ worker: WorkerKey) -> SQL {
    """
    SELECT state, suspended_at, request, requested_at, requested_by FROM workers
    WHERE id = \(worker.id) AND registration = \(worker.registration) FOR NO KEY UPDATE
    """
  }

  static func orders(_ worker: WorkerKey) -> SQL {
    """
    SELECT suspended_at, request, requested_at, requested_by FROM workers
    WHERE id = \(worker.id) AND registration = \(worker.registration) AND ended_at IS NULL
    """
  }

  /// Locks the workers that an operator means; in the order of their numbers, so that two operators cannot deadlock.
  static func lock(_ selection: WorkerSelection) -> SQL {
    let meant: SQL =
      switch selection {
      case .workers(let ids): "id = ANY(\(ids))"
      case .host(let name): "ended_at IS NULL AND host = \(name)"
      case .all: "ended_at IS NULL"
      }
    return "SELECT * FROM workers WHERE \(meant) ORDER BY id FOR NO KEY UPDATE"
  }

  /// Commits what an operator asked, and returns the row.
  static func direct(_ id: Int64, _ machine: WorkerMachine) -> SQL {
    """
    UPDATE workers SET request = \(orNull: machine.request?.rawValue),
      requested_at = CASE WHEN \(machine.request != nil) THEN statement_timestamp() END,
      requested_by = CASE WHEN \(machine.request != nil) THEN session_user END,
      note = CASE WHEN suspended_at IS NOT NULL AND NOT \(machine.isSuspended) THEN NULL ELSE note END,
      suspended_at = CASE WHEN \(machine.isSuspended) THEN suspended_at END
    WHERE id = \(id)
    RETURNING *, session_user AS by
    """
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

  /// Ends the suspension of a worker whose host is repaired. Returns a row if it was suspended.
  static func endSuspension(_ worker: WorkerKey) -> SQL {
    """
    UPDATE workers SET suspended_at = NULL, note = NULL
    WHERE id = \(worker.id) AND registration = \(worker.registration) AND ended_at IS NULL AND suspended_at IS NOT NULL
    RETURNING id
    """
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

  /// Whether a worker is available that can do the jobs of a batch: one that reported recently and takes jobs, or that
  /// holds a job under a valid lease; also while a worker holds a job of the batch itself.
  ///
  /// An idle worker reports every few seconds. A worker that has a reason not to claim states it, and reported once a
  /// minute in earlier versions.
  static func anyLive(for batch: Int64) -> SQL {
    """
    SELECT EXISTS (
      SELECT FROM batches b JOIN workers w ON \(canDo) AND \(takesJobs)
      WHERE b.id = \(batch) AND (
        w.heartbeat_at > statement_timestamp() - CASE WHEN w.note IS NULL THEN interval '15 s' ELSE interval '90 s' END
        OR EXISTS (
          SELECT FROM jobs
          WHERE state = 'running' AND worker_id = w.id AND lease_expires_at > statement_timestamp()))
    ) OR EXISTS (
      SELECT FROM jobs WHERE batch_id = \(batch) AND state = 'running' AND lease_expires_at > statement_timestamp()
    ) AS live
    """
  }
}
