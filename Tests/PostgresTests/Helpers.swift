import Postgres
import Synchronization
import TestSupport

/// Runs a body on a connection to a new database.
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

/// Waits until a query of one boolean returns true.
func waitUntil(_ connection: PostgresConnection, _ condition: SQL) async throws {
  try await eventually("the condition holds") { try await connection.query(condition).only().bool(0) }
}

/// A counter shared by several tasks.
final class Counter: Sendable {
  private let count = Atomic(0)

  var value: Int { count.load(ordering: .sequentiallyConsistent) }

  func increment() {
    count.add(1, ordering: .sequentiallyConsistent)
  }
}
