import Postgres
import Vocabulary

/// The statements on `models`.
enum ModelSQL {
  private static let columns: SQL =
    "id, name, folder, digest, multiple, files::text AS files, defaults::text AS defaults, registered_at"

  static func insert(_ model: ModelDescription) throws -> SQL {
    """
    INSERT INTO models (name, folder, digest, multiple, files, defaults)
    VALUES (\(model.name), \(model.folder), \(model.digest), \(model.multiple), \(try JSONColumn.encode(model.files)),
      \(try JSONColumn.encode(model.defaults)))
    ON CONFLICT (name) DO NOTHING
    """
  }

  static func update(_ model: ModelDescription) throws -> SQL {
    """
    UPDATE models SET folder = \(model.folder), digest = \(model.digest), multiple = \(model.multiple),
      files = \(try JSONColumn.encode(model.files)), defaults = \(try JSONColumn.encode(model.defaults)),
      registered_at = statement_timestamp()
    WHERE name = \(model.name)
    """
  }

  static func find(_ name: String) -> SQL {
    "SELECT \(columns) FROM models WHERE name = \(name)"
  }

  static func lock(_ name: String) -> SQL {
    "SELECT \(columns) FROM models WHERE name = \(name) FOR NO KEY UPDATE"
  }

  static let list: SQL = "SELECT \(columns) FROM models ORDER BY name"
}
