import Farm
import Postgres

/// A database of a benchmark's own on the configured server, dropped afterwards.
enum BenchmarkDatabase {
  private static let name = "emofarm_benchmark"

  static func with<Result: Sendable>(
    _ settings: FarmSettings, _ body: (PostgresConfiguration) async throws -> Result
  ) async throws -> Result {
    let server = try await settings.databaseConfiguration()
    let control = try await PostgresConnection.connect(server)
    let drop: SQL = "DROP DATABASE IF EXISTS \(unsafeRaw: name) WITH (FORCE)"
    try await control.query(drop)
    try await control.query("CREATE DATABASE \(unsafeRaw: name)")
    do {
      let configuration = server.with(database: name)
      let connection = try await PostgresConnection.connect(configuration)
      _ = try await MigrationRunner(migrations: FarmDatabase.migrations).up(connection)
      await connection.close()
      let result = try await body(configuration)
      try await control.query(drop)
      await control.close()
      return result
    } catch {
      _ = try? await control.query(drop)
      await control.close()
      throw error
    }
  }
}
