import Postgres

extension AuditCheck {
  /// Promise 11: what waits says for what. Batches that no live worker can do.
  static func waiting(patience: Duration) -> [AuditCheck] {
    [
      AuditCheck(
        11, "batch.unserved", "a batch waits for a worker that no live one is like: start one with these labels"
      ) { batch in
        """
        SELECT 'batch ' || b.id || ' of ' || b.user_name || ' waits for a worker with ' || concat_ws(' and ',
            'the labels ' || nullif(array_to_string(b.labels, ', '), ''),
            'the number formats ' || nullif(array_to_string(b.precisions, ', '), '')) AS row
        FROM batches b
        WHERE b.state IN ('queued', 'running') AND \(scope("b.id", batch)) AND (b.labels <> '{}' OR b.precisions <> '{}')
          AND b.created_at < statement_timestamp() - \(SQL.interval(patience))
          AND NOT EXISTS (
            SELECT FROM workers w WHERE \(WorkerSQL.canDo) AND w.ended_at IS NULL AND w.state = 'active')
        """
      }
    ]
  }
}
