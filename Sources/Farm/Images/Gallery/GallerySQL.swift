import Postgres

/// The statements of a gallery: pages by keys, in a batch of any size.
///
/// A filter that few images meet would read the whole batch for a page. So it is looked for in windows, whose ends
/// (`…End`) are found in an index, and a page ends where its time is up. With 1,000,000 images in 1,000 cells and warm
/// caches (PostgreSQL 15, two cores): a page without a filter 1 to 3 ms wherever it begins, a window of 5,000 images
/// 7 ms by index and 37 ms by doubt, its end 1 to 3 ms.
enum GallerySQL {
  private static let columns: SQL = """
    i.*, c.emotion, c.subject::text AS subject, c.settings::text AS settings, b.model_digest,
    ((b.seed::numeric + i.idx + i.trial::numeric * b.images) % 9223372036854775808)::bigint AS seed_asked
    """

  /// What ``ImageMeasurement`` reads, without the embedding; of an image that is not measured, values that nobody reads.
  private static let measured: SQL = """
    m.idx IS NOT NULL AS is_measured, coalesce(m.phash, 0) AS phash, m.content, m.attribute, coalesce(m.emotions, '{}') AS emotions,
    ''::bytea AS embedding
    """

  /// Accepted images by index. Walks the cells that the filter may concern, so that it reads no image of another one; the
  /// filter is within the limit of each cell, so that a large cell is not read to its end.
  ///
  /// - Parameter last: the end of the window.
  static func byIndex(_ batch: Int64, _ filter: ImageFilter, after index: Int, through last: Int, limit: Int) -> SQL {
    """
    SELECT \(columns), coalesce(b.classifiers, '') AS classifiers
    FROM batches b JOIN cells c ON c.batch_id = b.id CROSS JOIN LATERAL (
      SELECT i.*, \(measured)
      FROM images i LEFT JOIN measurements m ON m.batch_id = i.batch_id AND m.idx = i.idx
      WHERE i.batch_id = \(batch) AND i.idx > \(index) AND i.idx <= \(last)
        AND i.idx >= c.first_index AND i.idx < c.first_index + c.count AND \(filter.sql())
      ORDER BY i.idx LIMIT \(limit)
    ) i
    WHERE b.id = \(batch) AND c.batch_id = \(batch) AND c.first_index + c.count > \(index) AND \(filter.ofCells.sql())
    ORDER BY c.ordinal, i.idx LIMIT \(limit)
    """
  }

  /// The index of the last image of a window; no row if it reaches to the batch's end.
  static func byIndexEnd(_ batch: Int64, _ filter: ImageFilter, after index: Int, window: Int) -> SQL {
    """
    SELECT i.idx FROM batches b JOIN cells c ON c.batch_id = b.id CROSS JOIN LATERAL (
      SELECT idx FROM images
      WHERE batch_id = \(batch) AND idx > \(index) AND idx >= c.first_index AND idx < c.first_index + c.count
      ORDER BY idx LIMIT \(window)
    ) i
    WHERE b.id = \(batch) AND c.batch_id = \(batch) AND c.first_index + c.count > \(index) AND \(filter.ofCells.sql())
    ORDER BY c.ordinal, i.idx OFFSET \(window - 1) LIMIT 1
    """
  }

  /// Measured images of an emotion by its probability.
  ///
  /// - Parameter last: the end of the window; nil for the batch's end.
  static func byDoubt(
    _ batch: Int64, _ filter: ImageFilter, after place: (Float, Int), through last: (Float, Int)?, limit: Int
  ) -> SQL {
    let end: SQL = last.map { " AND (m.asked, m.idx) <= \(key($0))" } ?? ""
    return """
      SELECT \(columns), \(measured), coalesce(b.classifiers, '') AS classifiers
      FROM measurements m JOIN images i ON i.batch_id = m.batch_id AND i.idx = m.idx
        JOIN batches b ON b.id = m.batch_id JOIN cells c ON c.batch_id = m.batch_id AND c.ordinal = m.cell
      WHERE m.batch_id = \(batch) AND m.asked IS NOT NULL AND (m.asked, m.idx) > \(key(place))\(end)
        AND \(filter.sql())
      ORDER BY m.asked, m.idx LIMIT \(limit)
      """
  }

  static func byDoubtEnd(_ batch: Int64, after place: (Float, Int), window: Int) -> SQL {
    """
    SELECT m.asked, m.idx FROM measurements m
    WHERE m.batch_id = \(batch) AND m.asked IS NOT NULL AND (m.asked, m.idx) > \(key(place))
    ORDER BY m.asked, m.idx OFFSET \(window - 1) LIMIT 1
    """
  }

  private static func key(_ place: (Float, Int)) -> SQL { "(\(Double(place.0))::float8::real, \(place.1)::integer)" }

  /// Rejected images by index and try.
  static func rejected(
    _ batch: Int64, _ filter: ImageFilter, after place: (Int, Int), through last: (Int, Int)?, limit: Int
  ) -> SQL {
    let end: SQL = last.map { " AND (i.idx, i.trial) <= (\($0.0), \($0.1)::smallint)" } ?? ""
    return """
      SELECT \(columns)
      FROM rejects i JOIN batches b ON b.id = i.batch_id JOIN cells c ON c.batch_id = i.batch_id AND c.ordinal = i.cell
      WHERE i.batch_id = \(batch) AND (i.idx, i.trial) > (\(place.0), \(place.1)::smallint)\(end)
        AND \(filter.sql(.rejected))
      ORDER BY i.idx, i.trial LIMIT \(limit)
      """
  }

  static func rejectedEnd(_ batch: Int64, after place: (Int, Int), window: Int) -> SQL {
    """
    SELECT i.idx, i.trial FROM rejects i
    WHERE i.batch_id = \(batch) AND (i.idx, i.trial) > (\(place.0), \(place.1)::smallint)
    ORDER BY i.idx, i.trial OFFSET \(window - 1) LIMIT 1
    """
  }
}
