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

  static func withFile(_ sha256: [UInt8]) -> SQL {
    """
    SELECT batch_id, idx, trial, criterion, value FROM rejects WHERE sha256 = \(sha256) ORDER BY batch_id, idx, trial
    """
  }
}
