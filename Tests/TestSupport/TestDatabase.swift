package import Postgres

/// Runs a body with a new database, which is dropped afterwards.
///
/// - Parameter migrations: the initial schema; it is applied once to a template, which each test copies.
package func withTestDatabase<T: Sendable>(
  migrations: [Migration] = [],
  _ body: @Sendable (PostgresConfiguration) async throws -> T
) async throws -> T {
  let configuration = try await TestServer.shared.makeDatabase(migrations)
  let result: Result<T, any Error>
  do {
    result = .success(try await body(configuration))
  } catch {
    result = .failure(error)
  }
  try await TestServer.shared.drop(configuration.database)
  return try result.get()
}
