import Postgres

/// The statements behind ``FarmMeasures``. They read counters (with the tallies that these do not contain yet) instead of counting: a scrape every few seconds costs the same with a
/// million images as with none.
enum MeasureSQL {
  static let jobs: SQL = """
    SELECT
      (coalesce(sum(b.jobs - b.jobs_done - b.jobs_failed - b.jobs_cancelled - r.running), 0) - min(t.done))::bigint
        AS ready,
      coalesce(sum(r.running), 0)::bigint AS running, (coalesce(sum(b.jobs_done), 0) + min(t.done))::bigint AS done,
      coalesce(sum(b.jobs_failed), 0)::bigint AS failed, coalesce(sum(b.jobs_cancelled), 0)::bigint AS cancelled
    FROM (SELECT coalesce(sum(jobs_done), 0) AS done FROM tallies) t LEFT JOIN batches b ON true
    LEFT JOIN LATERAL (
      SELECT count(*) AS running FROM jobs j
      WHERE j.batch_id = b.id AND j.state = 'running' AND b.finished_at IS NULL
    ) r ON true
    """

  static let batches: SQL = "SELECT state, count(*) AS count FROM batches GROUP BY state"

  static let images: SQL = """
    SELECT coalesce(c.emotion, 'none') AS emotion, sum(c.images_done + coalesce(t.images, 0))::bigint AS count
    FROM cells c LEFT JOIN (SELECT batch_id, cell, sum(images) AS images FROM tallies GROUP BY batch_id, cell) t
      ON t.batch_id = c.batch_id AND t.cell = c.ordinal
    GROUP BY 1
    """

  static let oldestQueued: SQL = """
    SELECT extract(epoch FROM min(first.run_at))::float8 AS due
    FROM batches b
    CROSS JOIN LATERAL (
      SELECT j.run_at FROM jobs j
      WHERE j.batch_id = b.id AND j.state = 'ready' AND j.run_at <= statement_timestamp()
      ORDER BY j.run_at LIMIT 1
    ) first
    WHERE b.state IN ('queued', 'running')
    """

  static let workers: SQL = """
    SELECT state, count(*) AS count, count(note) AS held, min(free_bytes) AS free_bytes
    FROM workers WHERE ended_at IS NULL GROUP BY state
    """

  static let database: SQL = """
    SELECT pg_database_size(current_database()) AS bytes,
      (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections,
      current_setting('max_connections')::bigint AS connection_limit,
      coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)) FILTER (WHERE backend_xmin IS NOT NULL), 0)::float8
        AS oldest_snapshot,
      coalesce(max(extract(epoch FROM clock_timestamp() - state_change))
        FILTER (WHERE state LIKE 'idle in transaction%'), 0)::float8 AS oldest_idle,
      count(*) FILTER (WHERE wait_event_type = 'Lock') AS waiting
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
    """

  static let tables: SQL = """
    SELECT relname::text AS name, n_live_tup AS live, n_dead_tup AS dead FROM pg_stat_user_tables
    WHERE relname IN ('jobs', 'batches', 'cells', 'images', 'attempts', 'events', 'workers')
      AND schemaname = current_schema()
    """
}
