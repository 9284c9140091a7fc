import Postgres

/// The statements that take accepted images back, and those on `repairs`.
enum RepairSQL {
  /// Deletes the rows of images whose files are of no use, with their measurements, and makes their jobs ready again, so that the next claim renders
  /// exactly these indices; runs under the lock of the batch, and is followed by ``TallySQL/fold(_:)``.
  ///
  /// An image counts only while its row still names the file that was examined. Jobs that run, that failed or that were
  /// cancelled are left alone.
  static func takeBack(_ batch: Int64, _ faults: [FileFault]) -> SQL {
    """
    WITH asked AS MATERIALIZED (
      SELECT i.idx, i.job_id, f.fault
      FROM unnest(\(faults.map(\.index)), \(faults.map(\.sha256)), \(faults.map(\.kind.rawValue))) AS f(idx, digest, fault)
        JOIN images i ON i.batch_id = \(batch) AND i.idx = f.idx AND i.sha256 = decode(f.digest, 'hex')
    ), held AS MATERIALIZED (
      SELECT id, state FROM jobs
      WHERE batch_id = \(batch) AND id IN (SELECT job_id FROM asked) AND state IN ('done', 'ready')
      ORDER BY id FOR NO KEY UPDATE
    ), taken AS (
      DELETE FROM images i USING asked a, held h
      WHERE i.batch_id = \(batch) AND i.idx = a.idx AND h.id = a.job_id
      RETURNING i.idx, i.job_id, i.cell, i.sha256, i.rgb_sha256, i.engine, a.fault
    ), unmeasured AS (
      DELETE FROM measurements m USING taken t WHERE m.batch_id = \(batch) AND m.idx = t.idx
    ), noted AS (
      INSERT INTO repairs (batch_id, idx, fault, sha256, rgb_sha256, engine)
      SELECT \(batch), idx, fault, sha256, rgb_sha256, engine FROM taken
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

  /// What became of the images that were taken back, counting each index by its latest repair.
  static func outcomes(_ batch: Int64?) -> SQL {
    """
    SELECT count(*) FILTER (WHERE i.idx IS NULL) AS waiting,
      count(*) FILTER (WHERE i.sha256 = r.sha256) AS same_bytes,
      count(*) FILTER (WHERE i.sha256 <> r.sha256 AND i.rgb_sha256 = r.rgb_sha256) AS same_pixels,
      count(*) FILTER (WHERE i.rgb_sha256 <> r.rgb_sha256) AS other_pixels
    FROM (
      SELECT DISTINCT ON (batch_id, idx) * FROM repairs WHERE \(AuditCheck.scope("batch_id", batch))
      ORDER BY batch_id, idx, asked_at DESC
    ) r LEFT JOIN images i ON i.batch_id = r.batch_id AND i.idx = r.idx
    """
  }

  static let liveEngines: SQL =
    "SELECT ARRAY(SELECT DISTINCT engine FROM workers WHERE ended_at IS NULL ORDER BY engine) AS engines"
}
