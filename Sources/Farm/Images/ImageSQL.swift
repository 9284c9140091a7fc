import Postgres

/// The read-only statements on `images`; ``JobSQL/publish(_:_:sha256:rgb:lease:)`` is the only one that writes.
enum ImageSQL {
  private static let joined: SQL = """
    SELECT i.*, c.emotion, c.subject::text AS subject, c.settings::text AS settings, b.model_digest,
      ((b.seed::numeric + i.idx) % 9223372036854775808)::bigint AS seed_asked
    FROM images i JOIN batches b ON b.id = i.batch_id
      JOIN cells c ON c.batch_id = i.batch_id AND c.ordinal = i.cell
    """

  /// Images after a position, ordered by batch and index; of all batches if the batch is nil.
  static func page(after place: (batch: Int64, index: Int), of batch: Int64?, limit: Int) -> SQL {
    """
    \(joined) WHERE (i.batch_id, i.idx) > (\(place.batch), \(place.index)) AND \(AuditCheck.scope("i.batch_id", batch))
    ORDER BY i.batch_id, i.idx LIMIT \(limit)
    """
  }

  static func page(batch: Int64, after index: Int, limit: Int) -> SQL {
    "\(joined) WHERE i.batch_id = \(batch) AND i.idx > \(index) ORDER BY i.idx LIMIT \(limit)"
  }

  static func withFile(_ sha256: [UInt8]) -> SQL {
    "\(joined) WHERE i.sha256 = \(sha256) ORDER BY i.batch_id, i.idx"
  }

  /// Returns those of the given digests that no image row names.
  static func unreferenced(_ digests: [String]) -> SQL {
    """
    SELECT digest FROM unnest(\(digests)) AS digest
    WHERE NOT EXISTS (SELECT FROM images WHERE sha256 = decode(digest, 'hex'))
    """
  }
}
