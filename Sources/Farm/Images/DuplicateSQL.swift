import Postgres

/// The statements that find and reject near-duplicates at the end of a batch.
enum DuplicateSQL {
  /// The share of equal bits from which on images are near-duplicates; no row for a batch that does not ask.
  static func limit(_ batch: Int64) -> SQL {
    """
    SELECT (accept ->> 'no_duplicate')::double precision AS least FROM batches
    WHERE id = \(batch) AND accept ? 'no_duplicate'
    """
  }

  /// The perceptual hashes of a batch's images, cell by cell, by their indices.
  static func hashes(_ batch: Int64) -> SQL {
    "SELECT cell, idx, phash FROM measurements WHERE batch_id = \(batch) ORDER BY cell, idx"
  }

  /// Takes back near-duplicates; runs under the lock of the batch, and is followed by ``TallySQL/fold(_:)``.
  static func reject(_ batch: Int64, _ indices: [Int], likenesses: [Double]) -> SQL {
    "SELECT images, jobs FROM reject_duplicates(\(batch), \(indices), \(likenesses))"
  }
}
