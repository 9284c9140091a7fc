import Farm
import Foundation
import Postgres
import TestSupport

/// A separate data folder and database for the commands of a test.
struct CommandFarm: Sendable {
  let home: String
  let configuration: PostgresConfiguration

  /// - Parameter migrations: the schema to start with.
  static func with<T: Sendable>(
    migrations: [Migration] = FarmDatabase.migrations, _ body: @Sendable (CommandFarm) async throws -> T
  ) async throws -> T {
    try await withTestDatabase(migrations: migrations) { configuration in
      try await TestFolder.with { home in
        try await body(CommandFarm(home: home, configuration: configuration))
      }
    }
  }

  var environment: [String: String] {
    ["EMOFARM_HOME": home, "EMOFARM_DATABASE_URL": configuration.redacted]
  }

  /// Runs `emofarm` in the source tree, where the default model is found.
  func callAsFunction(
    _ arguments: String..., input: String = "", environment: [String: String] = [:]
  ) async throws -> Program.Outcome {
    try await Program.emofarm.run(
      arguments, environment: self.environment.merging(environment) { $1 }, input: input,
      folder: SourceTree.root.path)
  }

  /// Runs a worker until nothing is left to do.
  func work() async throws -> Program.Outcome {
    try await Program.emofarmd.run(
      ["--once", "--threads", "1"], environment: environment, folder: SourceTree.root.path)
  }

  func query(_ sql: SQL) async throws {
    let connection = try await PostgresConnection.connect(configuration)
    _ = try await connection.query(sql)
    await connection.close()
  }

  /// The files under `artifacts`, by path.
  func artifacts() -> [String] {
    let folder = "\(home)/artifacts"
    return (FileManager.default.enumerator(atPath: folder)?.allObjects as? [String] ?? [])
      .filter { $0.hasSuffix(".png") }.map { "\(folder)/\($0)" }.sorted()
  }
}
