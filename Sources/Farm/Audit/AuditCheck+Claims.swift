import Postgres

extension AuditCheck {
  /// Promises 1, 4, 5 and 6: tokens, leases, attempts, cancellation.
  static let claims: [AuditCheck] = [
    AuditCheck(1, "token.ahead", "an image or attempt has a higher token than its job ever issued") { batch in
      """
      SELECT 'image ' || i.idx || ' of batch ' || i.batch_id || ': token ' || i.token || ', job ' || j.id || ' at ' || j.token
        AS row
      FROM images i JOIN jobs j ON j.id = i.job_id WHERE i.token > j.token AND \(scope("i.batch_id", batch))
      UNION ALL
      SELECT 'attempt ' || a.token || ' of job ' || j.id || ', which is at ' || j.token
      FROM attempts a JOIN jobs j ON j.id = a.job_id WHERE a.token > j.token AND \(scope("a.batch_id", batch))
      """
    },
    AuditCheck(1, "token.unaccounted", "a job's token was not raised once by every claim in its history") { batch in
      """
      SELECT 'job ' || j.id || ': token ' || j.token || ', ' || coalesce(a.claims, 0) || ' claims' AS row
      FROM jobs j LEFT JOIN (
        SELECT job_id, count(*) AS claims FROM attempts WHERE \(scope("batch_id", batch)) GROUP BY job_id
      ) a ON a.job_id = j.id
        JOIN batches b ON b.id = j.batch_id
      WHERE j.token <> coalesce(a.claims, 0) AND \(scope("j.batch_id", batch))
        AND (b.attempts_pruned_at IS NULL OR j.token < coalesce(a.claims, 0))
      """
    },
    AuditCheck(4, "lease.missing", "a running job has no worker, no lease or no open attempt of that worker") { batch in
      """
      SELECT 'job ' || j.id || ' of batch ' || j.batch_id || ' on worker ' || coalesce(j.worker_id::text, 'none') AS row
      FROM jobs j LEFT JOIN attempts a ON a.batch_id = j.batch_id AND a.job_id = j.id AND a.token = j.token
        AND a.claim = j.claim
      WHERE j.state = 'running' AND \(scope("j.batch_id", batch)) AND (
        j.worker_id IS NULL OR j.lease_expires_at IS NULL OR a.token IS NULL OR a.outcome IS NOT NULL
        OR a.worker_id <> j.worker_id)
      """
    },
    AuditCheck(4, "lease.far", "a lease ends more than two days from now by the database's clock") { batch in
      """
      SELECT 'job ' || id || ' of batch ' || batch_id || ' until ' || lease_expires_at AS row FROM jobs
      WHERE state = 'running' AND lease_expires_at > statement_timestamp() + interval '2 days'
        AND \(scope("batch_id", batch))
      """
    },
    AuditCheck(4, "attempt.open", "an attempt has not ended although its token does not hold the job") { batch in
      """
      SELECT 'attempt ' || a.token || ' of job ' || a.job_id || ' of batch ' || a.batch_id AS row
      FROM attempts a LEFT JOIN jobs j ON j.id = a.job_id
      WHERE a.outcome IS NULL AND \(scope("a.batch_id", batch))
        AND (j.id IS NULL OR j.state <> 'running' OR j.token <> a.token)
      """
    },
    AuditCheck(5, "job.looping", "a job would be tried more often than its batch allows") { batch in
      """
      SELECT 'job ' || j.id || ' of batch ' || j.batch_id || ': ' || j.state || ' with ' || j.attempt || ' of '
        || b.max_attempts || ' attempts' AS row
      FROM jobs j JOIN batches b ON b.id = j.batch_id
      WHERE \(scope("j.batch_id", batch)) AND (j.state = 'ready' AND j.attempt >= b.max_attempts
        OR j.state = 'running' AND j.attempt > b.max_attempts)
      """
    },
    AuditCheck(5, "quarantine.silent", "a job is in quarantine without an error, or without an event") { batch in
      """
      SELECT 'job ' || j.id || ' of batch ' || j.batch_id AS row FROM jobs j
      WHERE j.state = 'failed' AND \(scope("j.batch_id", batch)) AND (
        NOT EXISTS (
          SELECT FROM attempts a WHERE a.batch_id = j.batch_id AND a.job_id = j.id AND a.token = j.token
            AND a.outcome IN ('failed', 'expired') AND a.error <> '')
        OR NOT EXISTS (
          SELECT FROM events e WHERE e.batch_id = j.batch_id AND e.job_id = j.id AND e.kind = 'job.quarantined'))
      """
    },
    AuditCheck(6, "cancel.ignored", "a cancelled batch has jobs that may still run") { batch in
      """
      SELECT 'job ' || j.id || ' of batch ' || b.id || ': ' || j.state || ' in a batch that is ' || b.state AS row
      FROM batches b JOIN jobs j ON j.batch_id = b.id
      WHERE \(scope("b.id", batch)) AND (b.state = 'cancelling' AND j.state = 'ready'
        OR b.state = 'cancelled' AND j.state IN ('ready', 'running'))
      """
    },
  ]
}
