import Postgres

/// The statements on `artifact_marks`.
enum ArtifactSQL {
  /// Marks files. Files that are already marked keep the time of their mark.
  static func mark(_ digests: [String], bytes: [Int64]) -> SQL {
    """
    INSERT INTO artifact_marks (sha256, bytes)
    SELECT decode(digest, 'hex'), bytes FROM unnest(\(digests), \(bytes)) AS file(digest, bytes)
    ON CONFLICT (sha256) DO NOTHING
    """
  }

  /// Returns the digests that were marked before the grace period began.
  static func pastGrace(_ digests: [String], grace: Duration) -> SQL {
    """
    SELECT encode(sha256, 'hex') AS digest FROM artifact_marks
    WHERE sha256 = ANY(SELECT decode(d, 'hex') FROM unnest(\(digests)) d)
      AND marked_at < statement_timestamp() - \(SQL.interval(grace))
    """
  }

  static func unmark(_ digests: [String]) -> SQL {
    "DELETE FROM artifact_marks WHERE sha256 = ANY(SELECT decode(d, 'hex') FROM unnest(\(digests)) d)"
  }

  /// Deletes marks of files that an image row now names, or that no longer exist.
  static func dropStale(grace: Duration) -> SQL {
    """
    DELETE FROM artifact_marks m
    WHERE EXISTS (SELECT FROM images WHERE sha256 = m.sha256) OR EXISTS (SELECT FROM rejects WHERE sha256 = m.sha256)
      OR m.marked_at < statement_timestamp() - 100 * \(SQL.interval(grace))
    """
  }
}
