import Farm
import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct FarmDatabaseTests {
  private func address(_ configuration: PostgresConfiguration) -> String {
    "host=\(configuration.host) port=\(configuration.port) user=\(configuration.user) dbname=\(configuration.database)"
  }

  @Test func aCurrentDatabaseOpens() async throws {
    try await withTestDatabase(migrations: FarmDatabase.migrations) { configuration in
      let database = try await FarmDatabase.open(FarmSettings(home: "/unused", databaseURL: address(configuration)))
      #expect(try await database.batches.list().isEmpty)
      await database.close()
    }
  }

  @Test func theErrorForAnOlderSchemaSaysHowToMigrate() async throws {
    try await withTestDatabase { configuration in
      let settings = FarmSettings(home: "/unused", databaseURL: address(configuration))
      await #expect { try await FarmDatabase.open(settings) } throws: { "\($0)".contains("emofarm db migrate") }
      let database = try await FarmDatabase.open(settings, migrate: true)
      await database.close()
      await (try await FarmDatabase.open(settings)).close()
    }
  }

  @Test func aNewerSchemaIsRefused() async throws {
    try await withTestDatabase(migrations: FarmDatabase.migrations) { configuration in
      let connection = try await PostgresConnection.connect(configuration)
      try await connection.query(
        "INSERT INTO emofarm_migrations (version, name, checksum) VALUES (999, 'future', \(String(repeating: "0", count: 64)))"
      )
      await connection.close()
      let settings = FarmSettings(home: "/unused", databaseURL: address(configuration))
      await #expect { try await FarmDatabase.open(settings) } throws: { ($0 as? PostgresError)?.code == .databaseNewer }
    }
  }

  @Test func aRejectedUserIsToldWhatToCheck() async throws {
    try await withTestDatabase { configuration in
      let address = "host=\(configuration.host) port=\(configuration.port) user=nobody_here password=wrong dbname=x"
      await #expect { try await FarmDatabase.open(FarmSettings(home: "/unused", databaseURL: address)) } throws: {
        ($0 as? PostgresError)?.code == .connectionFailed && !"\($0)".contains("wrong")
      }
    }
  }

  /// The program contains every file of `migrations/`, ordered by number.
  @Test func theEmbeddedMigrationsAreTheFiles() throws {
    let folder = SourceTree.root.appending(path: "migrations")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".sql") }
    #expect(names.count == 2 * FarmDatabase.migrations.count)
    for migration in FarmDatabase.migrations {
      let up = try Data(contentsOf: folder.appending(path: "\(migration.label).up.sql"))
      let down = try Data(contentsOf: folder.appending(path: "\(migration.label).down.sql"))
      #expect(Data(migration.up.utf8) == up)
      #expect(Data(migration.down.utf8) == down)
    }
  }

  /// Reverting all migrations leaves nothing behind, and they can be applied again.
  @Test func migrationsCanBeRevertedAndReapplied() async throws {
    try await withTestDatabase(migrations: FarmDatabase.migrations) { configuration in
      let connection = try await PostgresConnection.connect(configuration)
      let runner = try MigrationRunner(migrations: FarmDatabase.migrations)
      try await runner.down(connection, to: 0)
      let left = try await connection.query(
        """
        SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE 'emofarm_migrations%'
        UNION ALL SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype = 'e'
        """)
      #expect(try left.map { try $0.string(0) } == [])
      try await runner.up(connection)
      try await runner.requireCurrent(connection)
      await connection.close()
    }
  }
}
