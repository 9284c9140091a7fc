import Postgres
import Vocabulary

/// The statements on `models`.
enum ModelSQL {
  private static let columns: SQL =
    "id, name, folder, digest, multiple, files::text AS files, defaults::text AS defaults, \(variant) AS variant, registered_at"

  /// What the column `defaults` holds: the settings of requests that name none and, if the registration names one, the
  /// variant of the folder's weights.
  private struct Defaults: Encodable {
    private enum CodingKeys: String, CodingKey { case variant }

    let model: ModelDescription

    func encode(to encoder: any Encoder) throws {
      try model.defaults.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encodeIfPresent(model.variant, forKey: .variant)
    }
  }

  /// The variant of a row of `models`, null if it names none.
  static let variant: SQL = "defaults ->> 'variant'"

  static func insert(_ model: ModelDescription) throws -> SQL {
    """
    INSERT INTO models (name, folder, digest, multiple, files, defaults)
    VALUES (\(model.name), \(model.folder), \(model.digest), \(model.multiple), \(try JSONColumn.encode(model.files)),
      \(try JSONColumn.encode(Defaults(model: model))))
    ON CONFLICT (name) DO NOTHING
    """
  }

  static func update(_ model: ModelDescription) throws -> SQL {
    """
    UPDATE models SET folder = \(model.folder), digest = \(model.digest), multiple = \(model.multiple),
      files = \(try JSONColumn.encode(model.files)), defaults = \(try JSONColumn.encode(Defaults(model: model))),
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

  static func batches(_ id: Int64) -> SQL {
    "SELECT id FROM batches WHERE model_id = \(id) ORDER BY id DESC LIMIT 5"
  }

  static func delete(_ id: Int64) -> SQL { "DELETE FROM models WHERE id = \(id)" }

  static let list: SQL = "SELECT \(columns) FROM models ORDER BY name"
}
