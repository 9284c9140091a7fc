import Postgres

extension AuditCheck {
  /// Promise 11: nothing waits for ever. Sessions are those of this database, so an audit of one batch leaves them out.
  static func sessions(patience: Duration) -> [AuditCheck] {
    [
      AuditCheck(11, "lock.idle", "a session holds locks of the farm's tables and does nothing") {
        batch in
        """
        SELECT \(name) || ' is ' || a.state || ' since ' || a.state_change || ': end it with SELECT pg_terminate_backend('
          || a.pid || ')' AS row
        FROM pg_stat_activity a
        WHERE \(batch == nil) AND a.datname = current_database() AND a.pid <> pg_backend_pid()
          AND a.state LIKE 'idle in transaction%' AND a.state_change < statement_timestamp() - \(SQL.interval(patience))
          AND EXISTS (
            SELECT FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
            WHERE l.pid = a.pid AND l.granted AND c.relname IN ('batches', 'jobs', 'cells', 'images', 'workers')
              AND l.mode <> 'AccessShareLock')
        """
      },
      AuditCheck(11, "lock.waiting", "a session waits for a lock for too long") { batch in
        """
        SELECT \(name) || ' waits since ' || a.query_start || ' for process '
          || array_to_string(pg_blocking_pids(a.pid), ', ') AS row
        FROM pg_stat_activity a
        WHERE \(batch == nil) AND a.datname = current_database() AND a.wait_event_type = 'Lock'
          AND a.query_start < statement_timestamp() - \(SQL.interval(patience))
        """
      },
      AuditCheck(11, "lock.prepared", "a prepared transaction stays open and may hold locks") {
        batch in
        """
        SELECT gid || ' of ' || owner || ' since ' || prepared AS row FROM pg_prepared_xacts
        WHERE \(batch == nil) AND database = current_database() AND prepared < statement_timestamp() - \(SQL.interval(patience))
        """
      },
      AuditCheck(
        11, "lease.orphan", "a lease ended over five minutes ago and no worker has taken the job back: start a worker"
      ) { batch in
        """
        SELECT 'job ' || id || ' of batch ' || batch_id || ', worker ' || worker_id || ', until ' || lease_expires_at AS row
        FROM jobs WHERE state = 'running' AND lease_expires_at < statement_timestamp() - interval '5 min'
          AND \(scope("batch_id", batch))
        """
      },
      AuditCheck(11, "job.delayed", "a job is ready but due later than any pause between attempts") { batch in
        """
        SELECT 'job ' || id || ' of batch ' || batch_id || ' at ' || run_at AS row FROM jobs
        WHERE state = 'ready' AND run_at > statement_timestamp() + \(SQL.interval(JobBackoff.limit * 2))
          AND \(scope("batch_id", batch))
        """
      },
    ]
  }

  /// A session as an operator finds it.
  private static let name: SQL = """
    'process ' || a.pid || ' (' || concat_ws(', ', nullif(a.application_name, ''), a.usename, host(a.client_addr)) || ')'
    """
}
