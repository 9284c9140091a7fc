import Postgres

/// The statement that takes accepted images back.
enum TakeBackSQL {
  /// Deletes the rows of images with their measurements and makes their jobs ready again, so that the next claim renders
  /// exactly these indices; runs under the lock of the batch, and is followed by ``TallySQL/fold(_:)``.
  ///
  /// Jobs that run, that failed or that were cancelled are left alone.
  /// - Parameters:
  ///   - asked: a query of `idx`, `job_id` and `reason` of images of the batch.
  ///   - kept: an insertion that keeps what is known of the rows `taken`: the images with their `reason`.
  static func statement(_ batch: Int64, asked: SQL, kept: SQL) -> SQL {
    """
    WITH asked AS MATERIALIZED (
      \(asked)
    ), held AS MATERIALIZED (
      SELECT id, state FROM jobs
      WHERE batch_id = \(batch) AND id IN (SELECT job_id FROM asked) AND state IN ('done', 'ready')
      ORDER BY id FOR NO KEY UPDATE
    ), taken AS (
      DELETE FROM images i USING asked a, held h
      WHERE i.batch_id = \(batch) AND i.idx = a.idx AND h.id = a.job_id
      RETURNING i.*, a.reason
    ), unmeasured AS (
      DELETE FROM measurements m USING taken t WHERE m.batch_id = \(batch) AND m.idx = t.idx
    ), kept AS (
      \(kept)
    ), lost AS (
      SELECT job_id, count(*) AS images FROM taken GROUP BY job_id
    ), opened AS (
      UPDATE jobs j SET state = 'ready', attempt = CASE WHEN h.state = 'done' THEN 0 ELSE j.attempt END,
        run_at = statement_timestamp(), images_done = j.images_done - l.images,
        images_counted = j.images_counted - l.images
      FROM lost l JOIN held h ON h.id = l.job_id WHERE j.id = l.job_id
    ), tallied AS (
      INSERT INTO tallies (batch_id, cell, jobs_done, images)
      SELECT \(batch), cell, 0, -count(*) FROM taken GROUP BY cell
    )
    SELECT (SELECT count(*) FROM taken) AS images, (SELECT count(*) FROM lost) AS jobs,
      (SELECT count(*) FROM lost l JOIN held h ON h.id = l.job_id WHERE h.state = 'done') AS done,
      (SELECT count(*) FROM asked a JOIN jobs j ON j.id = a.job_id WHERE j.state = 'running') AS running,
      (SELECT count(*) FROM asked a JOIN jobs j ON j.id = a.job_id WHERE j.state IN ('failed', 'cancelled')) AS stopped,
      ARRAY(SELECT DISTINCT engine FROM taken ORDER BY engine) AS engines
    """
  }
}
