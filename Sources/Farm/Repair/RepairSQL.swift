import Postgres

/// The statements that take accepted images back, and those on `repairs`.
enum RepairSQL {
  /// Takes back images whose files are of no use, and notes what was wrong; see ``TakeBackSQL``.
  ///
  /// An image counts only while its row still names the file that was examined.
  static func takeBack(_ batch: Int64, _ faults: [FileFault]) -> SQL {
    TakeBackSQL.statement(
      batch,
      asked: """
        SELECT i.idx, i.job_id, f.fault AS reason
        FROM unnest(\(faults.map(\.index)), \(faults.map(\.sha256)), \(faults.map(\.kind.rawValue))) AS f(idx, digest, fault)
          JOIN images i ON i.batch_id = \(batch) AND i.idx = f.idx AND i.sha256 = decode(f.digest, 'hex')
        """,
      kept: """
        INSERT INTO repairs (batch_id, idx, fault, sha256, rgb_sha256, engine)
        SELECT batch_id, idx, reason, sha256, rgb_sha256, engine FROM taken
        """)
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
