import Foundation
import Postgres

/// The read-only statements on `images`; ``JobSQL/publish(_:_:sha256:rgb:lease:)`` is the only one that writes.
enum ImageSQL {
  /// Of the image `i` in the cell `c` of the batch `b`.
  private static let columns: SQL = """
    i.*, c.emotion, c.subject::text AS subject, c.settings::text AS settings, b.model_digest,
      ((b.seed::numeric + i.idx + i.trial::numeric * b.images) % 9223372036854775808)::bigint AS seed_asked
    """

  private static let joined: SQL = """
    SELECT \(columns)
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

  /// The image of a batch index.
  static func one(batch: Int64, index: Int) -> SQL {
    "\(joined) WHERE i.batch_id = \(batch) AND i.idx = \(index)"
  }

  /// The images of some batch indices.
  static func some(batch: Int64, indices: [Int]) -> SQL {
    "\(joined) WHERE i.batch_id = \(batch) AND i.idx = ANY(\(indices)) ORDER BY i.idx"
  }

  /// The images with a seed in other batches than one, among the newest `scan` batches; newest first.
  static func ofSeed(_ seed: UInt64, except batch: Int64, scan: Int, limit: Int) -> SQL {
    """
    SELECT \(columns)
    FROM (
      SELECT id, seed, images, model_digest FROM batches WHERE images > 0 AND id <> \(batch) AND id > (
        SELECT max(id) FROM batches) - \(scan)
      AND seed <= \(seed) AND \(seed) - seed < images
    ) b JOIN images i ON i.batch_id = b.id AND i.idx = (\(seed) - b.seed)::integer AND i.trial = 0
      JOIN cells c ON c.batch_id = i.batch_id AND c.ordinal = i.cell
    ORDER BY i.batch_id DESC LIMIT \(limit)
    """
  }

  /// The images of one emotion after a batch index, by index; NULL selects the cells of plain text. Walks the cells in
  /// their order, so that it reads no image of another emotion.
  static func page(batch: Int64, emotion: String?, after index: Int, limit: Int) -> SQL {
    """
    SELECT \(columns)
    FROM batches b JOIN cells c ON c.batch_id = b.id CROSS JOIN LATERAL (
      SELECT * FROM images
      WHERE batch_id = \(batch) AND idx > \(index) AND idx >= c.first_index AND idx < c.first_index + c.count
      ORDER BY idx LIMIT \(limit)
    ) i
    WHERE b.id = \(batch) AND c.batch_id = \(batch) AND c.emotion IS NOT DISTINCT FROM \(orNull: emotion)::text
      AND c.first_index + c.count > \(index)
    ORDER BY c.ordinal, i.idx LIMIT \(limit)
    """
  }

  /// The images of the last interval before a batch's end, or before now, latest first.
  ///
  /// The end is a value: with a subquery in its place the planner expects a third of all images, and starts processes that
  /// share the work.
  static func latest(batch: Int64, end: Date?, window: Duration, limit: Int) -> SQL {
    """
    \(joined)
    WHERE i.batch_id = \(batch)
      AND i.created_at > coalesce(\(orNull: end)::timestamptz, statement_timestamp()) - \(SQL.interval(window))
    ORDER BY i.created_at DESC, i.idx DESC LIMIT \(limit)
    """
  }

  /// The highest batch index of an image below another index.
  static func before(batch: Int64, index: Int) -> SQL {
    "SELECT idx FROM images WHERE batch_id = \(batch) AND idx < \(index) ORDER BY idx DESC LIMIT 1"
  }

  /// The images with the highest batch indices.
  static func last(batch: Int64, limit: Int) -> SQL {
    "\(joined) WHERE i.batch_id = \(batch) ORDER BY i.idx DESC LIMIT \(limit)"
  }

  static func withFile(_ sha256: [UInt8]) -> SQL {
    "\(joined) WHERE i.sha256 = \(sha256) ORDER BY i.batch_id, i.idx"
  }

  /// Returns those of the given digests that no image row names, of accepted or of rejected images.
  static func unreferenced(_ digests: [String]) -> SQL {
    """
    SELECT digest FROM unnest(\(digests)) AS digest
    WHERE NOT EXISTS (SELECT FROM images WHERE sha256 = decode(digest, 'hex'))
      AND NOT EXISTS (SELECT FROM rejects WHERE sha256 = decode(digest, 'hex'))
    """
  }
}
