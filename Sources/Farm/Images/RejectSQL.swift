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

  /// Makes accepted images rejected ones by hand, and their jobs ready again for the next tries of their slots; see
  /// ``TakeBackSQL``.
  ///
  /// An image counts only while its row still names the file that somebody looked at. Images whose slots have no try left
  /// stay.
  static func byHand(_ batch: Int64, _ indices: [Int], _ files: [String]) -> SQL {
    TakeBackSQL.statement(
      batch,
      asked: """
        SELECT i.idx, i.job_id, 'by_hand' AS reason
        FROM unnest(\(indices), \(files)) AS f(idx, digest)
          JOIN images i ON i.batch_id = \(batch) AND i.idx = f.idx AND i.sha256 = decode(f.digest, 'hex')
          JOIN batches b ON b.id = i.batch_id
        WHERE b.accept IS NOT NULL AND i.trial + 1 < b.tries
        """,
      kept: """
        INSERT INTO rejects (batch_id, idx, trial, cell, job_id, token, worker_id, seed, sha256, rgb_sha256, bytes,
          actual_steps, engine, seconds, criterion)
        SELECT batch_id, idx, trial, cell, job_id, token, worker_id, seed, sha256, rgb_sha256, bytes, actual_steps, engine,
          seconds, reason FROM taken
        """)
  }

  static func withFile(_ sha256: [UInt8]) -> SQL {
    """
    SELECT batch_id, idx, trial, criterion, value FROM rejects WHERE sha256 = \(sha256) ORDER BY batch_id, idx, trial
    """
  }
}
