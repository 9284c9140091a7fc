import Postgres
import TestSupport

/// Runs a body on a connection to a database of its own.
func withConnection<T: Sendable>(
  _ body: @Sendable (PostgresConnection) async throws -> T
) async throws -> T {
  try await withTestDatabase { configuration in
    let connection = try await PostgresConnection.connect(configuration)
    let value = try await body(connection)
    await connection.close()
    return value
  }
}
