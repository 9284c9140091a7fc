import Postgres

/// The statements that read `rejects`; ``JobSQL/reject(_:_:_:sha256:rgb:lease:)`` writes them.
enum RejectSQL {
  /// How many images were rejected by each criterion, and how many slots of the batch have no try left.
  static func counts(_ batch: Int64) -> SQL {
    """
    SELECT r.criterion, count(*) AS images, count(*) FILTER (WHERE r.trial + 1 = b.tries) AS exhausted
    FROM rejects r JOIN batches b ON b.id = r.batch_id
    WHERE r.batch_id = \(batch) GROUP BY r.criterion ORDER BY r.criterion
    """
  }

  /// Makes accepted images rejected ones by hand, and their jobs ready again for the next tries of their slots; runs under
  /// the lock of the batch, and is followed by ``TallySQL/fold(_:)``.
  ///
  /// An image counts only while its row still names the file that somebody looked at. Images whose slots have no try left
  /// stay, so do those of jobs that run, that failed or that were cancelled.
  static func byHand(_ batch: Int64, _ indices: [Int], _ files: [String]) -> SQL {
    """
    WITH asked AS MATERIALIZED (
      SELECT i.idx, i.job_id
      FROM unnest(\(indices), \(files)) AS f(idx, digest)
        JOIN images i ON i.batch_id = \(batch) AND i.idx = f.idx AND i.sha256 = decode(f.digest, 'hex')
        JOIN batches b ON b.id = i.batch_id
      WHERE b.accept IS NOT NULL AND i.trial + 1 < b.tries
    ), held AS MATERIALIZED (
      SELECT id, state FROM jobs
      WHERE batch_id = \(batch) AND id IN (SELECT job_id FROM asked) AND state IN ('done', 'ready')
      ORDER BY id FOR NO KEY UPDATE
    ), taken AS (
      DELETE FROM images i USING asked a, held h
      WHERE i.batch_id = \(batch) AND i.idx = a.idx AND h.id = a.job_id
      RETURNING i.*
    ), unmeasured AS (
      DELETE FROM measurements m USING taken t WHERE m.batch_id = \(batch) AND m.idx = t.idx
    ), kept AS (
      INSERT INTO rejects (batch_id, idx, trial, cell, job_id, token, worker_id, seed, sha256, rgb_sha256, bytes,
        actual_steps, engine, seconds, criterion)
      SELECT batch_id, idx, trial, cell, job_id, token, worker_id, seed, sha256, rgb_sha256, bytes, actual_steps, engine,
        seconds, 'by_hand' FROM taken
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

  static func withFile(_ sha256: [UInt8]) -> SQL {
    """
    SELECT batch_id, idx, trial, criterion, value FROM rejects WHERE sha256 = \(sha256) ORDER BY batch_id, idx, trial
    """
  }
}
