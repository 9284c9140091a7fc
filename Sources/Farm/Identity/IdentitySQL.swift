import Postgres

/// The statements on `farm`.
enum IdentitySQL {
  /// The farm's row with the files of its latest hundred images.
  static let farm: SQL = """
    SELECT id, store_marked_at, ARRAY(
      SELECT encode(sha256, 'hex') FROM images ORDER BY batch_id DESC, idx DESC LIMIT 100
    ) AS files
    FROM farm
    """

  /// Records that a store carries the farm's marker.
  static let noteMarker: SQL =
    "UPDATE farm SET store_marked_at = statement_timestamp() WHERE store_marked_at IS NULL"
}
