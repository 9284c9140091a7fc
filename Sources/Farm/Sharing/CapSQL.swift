import Postgres

/// The statements on `users` and `hosts`: weights, and caps of running jobs.
///
/// A cap counts rows of `jobs`, so it needs no counter that could drift. Claims of capped users and hosts take a lock
/// before they count, and commit while they hold it: the count is exact, and only they wait for each other.
enum CapSQL {
  /// Whether a cap may concern a worker `w`: then its claims count.
  static let concernsWorker: SQL = """
    (EXISTS (SELECT FROM users WHERE cap IS NOT NULL) OR EXISTS (SELECT FROM hosts h WHERE h.name = w.host))
    """

  static func concerns(_ worker: WorkerKey) -> SQL {
    "SELECT EXISTS (SELECT FROM workers w WHERE w.id = \(worker.id) AND \(concernsWorker)) AS capped"
  }

  /// Whether the user of a batch `b` has as many running jobs as the cap allows.
  static let userIsFull: SQL = """
    (b.user_name IN (SELECT full_users()))
    """

  /// Whether the host of a worker `w` has as many running jobs as its cap allows.
  static let hostIsFull: SQL = """
    (w.host IN (SELECT full_hosts()))
    """

  /// Counts the running jobs of a user.
  static func running(user: SQL) -> SQL {
    """
    SELECT count(*) FROM jobs j JOIN batches c ON c.id = j.batch_id WHERE j.state = 'running' AND c.user_name = \(user)
    """
  }

  private static func running(host: SQL) -> SQL {
    "SELECT count(*) FROM jobs j JOIN workers v ON v.id = j.worker_id WHERE j.state = 'running' AND v.host = \(host)"
  }

  /// Waits until no other claim counts the running jobs of a batch's user, if the user has a cap.
  ///
  /// The lock is an advisory one, which ends with the transaction: a lock on the row would need the right to change it,
  /// which workers do not have. Two names with the same hash only wait for each other.
  static func lockUser(batch: Int64) -> SQL {
    """
    SELECT pg_advisory_xact_lock(hashtextextended('emofarm user ' || u.name, 0))::text
    FROM batches b JOIN users u ON u.name = b.user_name WHERE b.id = \(batch) AND u.cap IS NOT NULL
    """
  }

  /// As above for the worker's host.
  static func lockHost(worker: WorkerKey) -> SQL {
    """
    SELECT pg_advisory_xact_lock(hashtextextended('emofarm host ' || h.name, 0))::text
    FROM workers w JOIN hosts h ON h.name = w.host WHERE w.id = \(worker.id)
    """
  }

  /// Whether the caps hold with the jobs that this transaction has claimed; runs under the locks.
  static func hold(batch: Int64, worker: WorkerKey) -> SQL {
    """
    SELECT NOT EXISTS (
      SELECT FROM batches b JOIN users u ON u.name = b.user_name
      WHERE b.id = \(batch) AND u.cap < (\(running(user: "u.name")))
    ) AND NOT EXISTS (
      SELECT FROM workers w JOIN hosts h ON h.name = w.host
      WHERE w.id = \(worker.id) AND h.cap < (\(running(host: "h.name")))
    ) AS hold
    """
  }

  static let users: SQL = """
    SELECT n.name, coalesce(u.weight, 1) AS weight, u.cap, coalesce(o.batches, 0) AS open_batches,
      coalesce(r.jobs, 0) AS running_jobs
    FROM (SELECT name FROM users UNION SELECT user_name FROM batches WHERE finished_at IS NULL) n
      LEFT JOIN users u ON u.name = n.name
      LEFT JOIN (
        SELECT user_name, count(*) AS batches FROM batches WHERE finished_at IS NULL GROUP BY user_name
      ) o ON o.user_name = n.name
      LEFT JOIN (
        SELECT b.user_name, count(*) AS jobs FROM jobs j JOIN batches b ON b.id = j.batch_id
        WHERE j.state = 'running' GROUP BY b.user_name
      ) r ON r.user_name = n.name
    ORDER BY n.name
    """

  static let hosts: SQL = """
    SELECT n.name, h.cap, coalesce(w.workers, 0) AS workers, coalesce(r.jobs, 0) AS running_jobs
    FROM (SELECT name FROM hosts UNION SELECT host FROM workers WHERE ended_at IS NULL) n
      LEFT JOIN hosts h ON h.name = n.name
      LEFT JOIN (SELECT host, count(*) AS workers FROM workers WHERE ended_at IS NULL GROUP BY host) w ON w.host = n.name
      LEFT JOIN (
        SELECT v.host, count(*) AS jobs FROM jobs j JOIN workers v ON v.id = j.worker_id
        WHERE j.state = 'running' GROUP BY v.host
      ) r ON r.host = n.name
    ORDER BY n.name
    """

  /// Changes what is given and keeps the rest.
  static func setUser(_ name: String, weight: Double?, cap: CapChange) -> SQL {
    """
    INSERT INTO users (name, weight, cap) VALUES (\(name), coalesce(\(orNull: weight), 1), \(orNull: cap.value))
    ON CONFLICT (name) DO UPDATE SET weight = coalesce(\(orNull: weight), users.weight),
      cap = CASE WHEN \(cap == .keep) THEN users.cap ELSE EXCLUDED.cap END
    """
  }

  static func setHost(_ name: String, cap: Int) -> SQL {
    "INSERT INTO hosts (name, cap) VALUES (\(name), \(cap)) ON CONFLICT (name) DO UPDATE SET cap = EXCLUDED.cap"
  }

  static func removeHost(_ name: String) -> SQL { "DELETE FROM hosts WHERE name = \(name)" }
}
