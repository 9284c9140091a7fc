import Postgres

extension AuditCheck {
  /// Promises 7 and 8: counters, states, and independence of notifications.
  static let counters: [AuditCheck] = [
    AuditCheck(7, "job.counter", "a job's image counter differs from the number of its images") { batch in
      """
      SELECT 'job ' || j.id || ' of batch ' || j.batch_id || ': counts ' || j.images_done || ', has '
        || coalesce(i.images, 0) AS row
      FROM jobs j LEFT JOIN (\(imagesByJob(batch))) i ON i.job_id = j.id
      WHERE j.images_done <> coalesce(i.images, 0) AND \(scope("j.batch_id", batch))
      """
    },
    AuditCheck(7, "cell.counter", "a cell's image counter and tallies differ from the counters of its jobs") { batch in
      """
      SELECT 'cell ' || c.ordinal || ' of batch ' || c.batch_id || ': counts ' || c.images_done || ' and '
        || coalesce(t.images, 0) || ', has ' || coalesce(j.counted, 0) AS row
      FROM cells c LEFT JOIN (
        SELECT batch_id, cell, sum(images_counted) AS counted FROM jobs WHERE \(scope("batch_id", batch))
        GROUP BY batch_id, cell
      ) j ON j.batch_id = c.batch_id AND j.cell = c.ordinal LEFT JOIN (
        SELECT batch_id, cell, sum(images) AS images FROM tallies WHERE \(scope("batch_id", batch))
        GROUP BY batch_id, cell
      ) t ON t.batch_id = c.batch_id AND t.cell = c.ordinal
      WHERE c.images_done + coalesce(t.images, 0) <> coalesce(j.counted, 0) AND \(scope("c.batch_id", batch))
      """
    },
    AuditCheck(7, "batch.counter", "a batch's counters of jobs or images, with its tallies, differ from its rows") {
      batch in
      """
      SELECT 'batch ' || b.id || ': counts ' || b.jobs || ' jobs, ' || b.jobs_done || ' and ' || t.jobs_done || ' done, '
        || b.jobs_failed || ' failed, ' || b.jobs_cancelled || ' cancelled, ' || b.images_done || ' and ' || t.images
        || ' images; has ' || j.jobs || ', ' || j.done || ', ' || j.failed || ', ' || j.cancelled || ', ' || j.counted
        AS row
      FROM batches b CROSS JOIN LATERAL (\(jobsOfBatch)) j CROSS JOIN LATERAL (\(TallySQL.ofBatch)) t
      WHERE \(scope("b.id", batch)) AND (
        b.jobs, b.jobs_done + t.jobs_done, b.jobs_failed, b.jobs_cancelled, b.images_done + t.images
      ) IS DISTINCT FROM (j.jobs, j.done, j.failed, j.cancelled, j.counted)
      """
    },
    AuditCheck(7, "batch.coverage", "the jobs or cells of a batch skip or repeat an index") { batch in
      """
      SELECT 'job ' || id || ' of batch ' || batch_id || ' begins at ' || first_index || ' instead of ' || expected AS row
      FROM (
        SELECT id, batch_id, first_index,
          coalesce(lag(first_index + count) OVER (PARTITION BY batch_id ORDER BY first_index), 0) AS expected
        FROM jobs WHERE \(scope("batch_id", batch))
      ) tiles WHERE first_index <> expected
      UNION ALL
      SELECT 'batch ' || b.id || ': ' || b.images || ' images, its jobs make ' || coalesce(j.images, 0)
      FROM batches b LEFT JOIN (SELECT batch_id, sum(count) AS images FROM jobs GROUP BY batch_id) j ON j.batch_id = b.id
      WHERE b.images <> coalesce(j.images, 0) AND \(scope("b.id", batch))
      UNION ALL
      SELECT 'job ' || j.id || ' of batch ' || j.batch_id || ' lies outside cell ' || j.cell
      FROM jobs j LEFT JOIN cells c ON c.batch_id = j.batch_id AND c.ordinal = j.cell
      WHERE j.count > 0 AND \(scope("j.batch_id", batch)) AND (c.ordinal IS NULL OR j.first_index < c.first_index
        OR j.first_index + j.count > c.first_index + c.count)
      """
    },
    AuditCheck(7, "batch.state", "a batch is in a state that its jobs contradict") { batch in
      """
      SELECT 'batch ' || b.id || ' is ' || b.state || ' with ' || j.open || ' open, ' || j.done || ' done, ' || j.failed
        || ' failed, ' || j.cancelled || ' cancelled jobs' AS row
      FROM batches b CROSS JOIN LATERAL (\(jobsOfBatch)) j
      WHERE \(scope("b.id", batch)) AND CASE b.state
        WHEN 'done' THEN j.done <> j.jobs
        WHEN 'failed' THEN j.open > 0 OR j.failed = 0 OR j.cancelled > 0
        WHEN 'cancelled' THEN j.open > 0 OR j.cancelled = 0
        ELSE j.open = 0 AND NOT EXISTS (SELECT FROM tallies WHERE batch_id = b.id) END
      """
    },
    AuditCheck(7, "training.job", "a batch without images is not one training in one job") { batch in
      """
      SELECT 'batch ' || b.id || ': ' || b.images || ' images, ' || j.empty || ' jobs without images, '
        || CASE WHEN t.batch_id IS NULL THEN 'no training' ELSE 'a training' END AS row
      FROM batches b LEFT JOIN trainings t ON t.batch_id = b.id CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE count = 0) AS empty FROM jobs WHERE batch_id = b.id
      ) j
      WHERE \(scope("b.id", batch)) AND (j.empty, t.batch_id IS NOT NULL)
        IS DISTINCT FROM (CASE WHEN b.images = 0 THEN 1 ELSE 0 END, b.images = 0)
      """
    },
    AuditCheck(7, "training.unfinished", "a training is done before its last step") { batch in
      """
      SELECT 'batch ' || b.id || ': step ' || t.step || ' of ' || t.steps AS row
      FROM batches b JOIN trainings t ON t.batch_id = b.id
      WHERE b.state = 'done' AND t.step <> t.steps AND \(scope("b.id", batch))
      """
    },
    AuditCheck(7, "batch.unreported", "a batch finished without an event that reports it") { batch in
      """
      SELECT 'batch ' || b.id || ' is ' || b.state AS row FROM batches b
      WHERE b.finished_at IS NOT NULL AND \(scope("b.id", batch)) AND NOT EXISTS (
        SELECT FROM events e WHERE e.batch_id = b.id AND e.kind IN ('batch.finished', 'batch.cancelled'))
      """
    },
    AuditCheck(7, "job.state", "a job is in an impossible state") { batch in
      """
      SELECT 'job ' || id || ' of batch ' || batch_id || ': ' || state || ', ' || images_done || ' of ' || count
        || ' images, ' || images_counted || ' counted' AS row
      FROM jobs WHERE \(scope("batch_id", batch)) AND (images_done NOT BETWEEN 0 AND count
        OR images_counted NOT BETWEEN 0 AND images_done OR state <> 'running' AND images_counted <> images_done
        OR state <> 'running' AND (worker_id IS NOT NULL OR lease_expires_at IS NOT NULL)
        OR state <> 'ready' AND state <> 'cancelled' AND token = 0)
      """
    },
    AuditCheck(8, "notify.trigger", "a table of the farm has a trigger, which might notify inside transactions") { _ in
      """
      SELECT c.relname || ': ' || t.tgname AS row
      FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
      WHERE NOT t.tgisinternal AND p.proname <> 'refuse_steering' AND c.relname IN ('models', 'batches', 'cells', 'jobs',
        'attempts', 'workers', 'images', 'events', 'artifact_marks', 'trainings', 'farm', 'repairs', 'tallies',
        'measurements', 'rejects', 'running_counts')
        AND c.relnamespace = current_schema()::regnamespace
      """
    },
  ]

  /// The totals of the jobs of the batch `b`.
  private static let jobsOfBatch: SQL = """
    SELECT count(*)::integer AS jobs, count(*) FILTER (WHERE state IN ('ready', 'running'))::integer AS open,
      count(*) FILTER (WHERE state = 'done')::integer AS done,
      count(*) FILTER (WHERE state = 'failed')::integer AS failed,
      count(*) FILTER (WHERE state = 'cancelled')::integer AS cancelled,
      coalesce(sum(images_counted), 0)::integer AS counted
    FROM jobs WHERE batch_id = b.id
    """
}
