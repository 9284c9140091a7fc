package import Postgres

/// Gives a body a database of its own, which is dropped afterwards.
///
/// - Parameter migrations: the schema to start with; applied once to a template, so that it costs each test nothing.
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
