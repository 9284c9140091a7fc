import Postgres

/// Identifies a batch uniquely, even among batches of other farms that have the same id.
package struct BatchOrigin: Sendable, Hashable {
  package let batch: Int64
  package let key: String?
  /// RFC 3339 with microseconds.
  package let created: String
  /// SHA-256 of the specification, lower-case hexadecimal.
  package let specSHA256: String
  /// The system identifier of the PostgreSQL server; nil if the database user may not read it.
  package let server: String?
  package let database: String
  package let schema: String
}

extension BatchStore {
  /// - Throws: ``FarmError`` (`notFound`).
  package func origin(_ id: Int64) async throws -> BatchOrigin {
    let rows = try await pool.withConnection { try await $0.query(BatchSQL.origin(id)) }
    guard let row = rows.first else { throw Self.notFound(id) }
    return BatchOrigin(
      batch: id, key: try row.optionalString("key"), created: try row.string("created"),
      specSHA256: try row.string("spec_sha256"), server: try await server(),
      database: try row.string("database"), schema: try row.string("schema"))
  }

  private func server() async throws -> String? {
    do {
      return try await pool.withConnection { try await $0.query(BatchSQL.server).only().string("server") }
    } catch let error as PostgresError where error.sqlState == .insufficientPrivilege {
      return nil
    }
  }
}
