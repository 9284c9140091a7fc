import Farm
import Postgres

/// A separate database for a benchmark on the configured server, dropped afterwards.
enum BenchmarkDatabase {
  private static let prefix = "emofarm_benchmark_"

  static func with<Result: Sendable>(
    _ settings: FarmSettings, _ body: (PostgresConfiguration) async throws -> Result
  ) async throws -> Result {
    // The name is unique, because another benchmark may run on the same server.
    let name = prefix + String(UInt64.random(in: 0...UInt64.max), radix: 16)
    let server = try await settings.databaseConfiguration()
    let control = try await PostgresConnection.connect(server)
    try await dropLeftovers(control)
    let drop: SQL = "DROP DATABASE IF EXISTS \(unsafeRaw: name) WITH (FORCE)"
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

  /// Drops the databases of killed benchmarks; one in use belongs to a running benchmark and stays.
  private static func dropLeftovers(_ control: PostgresConnection) async throws {
    let names = try await control.query(
      "SELECT datname::text AS name FROM pg_database WHERE starts_with(datname::text, \(prefix))")
    for row in names {
      do {
        try await control.query("DROP DATABASE IF EXISTS \(identifier: row.string("name"))")
      } catch let error as PostgresError where error.sqlState == "55006" || error.sqlState == "42501" {
        continue
      }
    }
  }
}
