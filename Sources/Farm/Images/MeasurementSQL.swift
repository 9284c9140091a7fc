import Postgres

/// The statements that read `measurements`; ``JobSQL/publish(_:_:sha256:rgb:lease:)`` writes them.
enum MeasurementSQL {
  /// The measurements of the images in a range of batch indices.
  ///
  /// - Parameter embeddings: whether their embeddings are read, which are nine tenths of the bytes.
  static func page(batch: Int64, in range: ClosedRange<Int>, embeddings: Bool) -> SQL {
    """
    SELECT m.idx, m.phash, m.content, m.attribute, m.emotions, b.classifiers,
      CASE WHEN \(embeddings) THEN m.embedding ELSE ''::bytea END AS embedding
    FROM measurements m JOIN batches b ON b.id = m.batch_id
    WHERE m.batch_id = \(batch) AND m.idx BETWEEN \(range.lowerBound) AND \(range.upperBound)
    """
  }

  /// How often the classifier recognised each emotion, by the emotion that was asked for.
  static func recognised(_ batch: Int64) -> SQL {
    """
    SELECT c.emotion AS asked, m.emotion AS recognised, count(*) AS images
    FROM measurements m JOIN cells c ON c.batch_id = m.batch_id AND c.ordinal = m.cell
    WHERE m.batch_id = \(batch) AND c.emotion IS NOT NULL GROUP BY c.emotion, m.emotion
    """
  }
}
