import Postgres
import TestSupport
import Testing

/// Migrating up and down, and refusing schemas that do not match.
@Suite struct MigrationTests {
  private static let one = Migration(
    version: 1, name: "cats", up: "CREATE TABLE cats (n int); CREATE INDEX ON cats (n)", down: "DROP TABLE cats",
    checksum: "c1")
  private static let two = Migration(
    version: 2, name: "dogs", up: "CREATE TABLE dogs (n int)", down: "DROP TABLE dogs", checksum: "c2")
  private static let three = Migration(
    version: 3, name: "bad", up: "CREATE TABLE birds (n int); SELECT 1 / 0", down: "DROP TABLE birds", checksum: "c3")

  @Test func migrationsRunUpDownAndUpAgain() async throws {
    try await withConnection { connection in
      let runner = try MigrationRunner(migrations: [Self.two, Self.one])
      let before = try await runner.status(connection)
      #expect(before.current == 0)
      #expect(before.latest == 2)
      #expect(before.pending.map(\.name) == ["cats", "dogs"])
      let pending = await #expect(throws: PostgresError.self) { try await runner.requireCurrent(connection) }
      #expect(pending?.code == .migrationPending)

      #expect(try await runner.up(connection, to: 1).map(\.version) == [1])
      #expect(try await runner.up(connection).map(\.version) == [2])
      #expect(try await runner.up(connection).isEmpty)
      try await runner.requireCurrent(connection)
      let after = try await runner.status(connection)
      #expect(after.isCurrent)
      #expect(after.entries.allSatisfy { $0.appliedAt != nil })

      #expect(try await runner.down(connection, to: 0).map(\.version) == [2, 1])
      #expect(try await connection.query("SELECT to_regclass('cats') IS NULL").only().bool(0))
      #expect(try await runner.up(connection).count == 2)
      #expect(try await connection.query("SELECT to_regclass('dogs') IS NOT NULL").only().bool(0))
      let unknown = await #expect(throws: PostgresError.self) { try await runner.up(connection, to: 3) }
      #expect(unknown?.code == .migrationUnknown)
    }
  }

  @Test func aFailingMigrationIsRolledBack() async throws {
    try await withConnection { connection in
      let runner = try MigrationRunner(migrations: [Self.one, Self.two, Self.three])
      let error = await #expect(throws: PostgresError.self) { try await runner.up(connection) }
      #expect(error?.message == "migration 0003_bad failed and was rolled back: division by zero")
      #expect(error?.sqlState == "22012")
      #expect(try await runner.status(connection).current == 2)
      #expect(try await connection.query("SELECT to_regclass('birds') IS NULL").only().bool(0))
    }
  }

  @Test func driftIsRefused() async throws {
    try await withConnection { connection in
      try await MigrationRunner(migrations: [Self.one, Self.two]).up(connection)
      let edited = Migration(version: 1, name: "cats", up: "SELECT 1", down: "", checksum: "other")
      let runner = try MigrationRunner(migrations: [edited, Self.two, Self.three])
      #expect(try await runner.status(connection).entries.map(\.state) == [.changed, .applied, .pending])
      let forward = await #expect(throws: PostgresError.self) { try await runner.up(connection) }
      #expect(forward?.code == .migrationDrift)
      let back = await #expect(throws: PostgresError.self) { try await runner.down(connection, to: 0) }
      #expect(back?.code == .migrationDrift)
      try await connection.query("DELETE FROM emofarm_migrations WHERE version = 1")
      let gap = await #expect(throws: PostgresError.self) {
        try await MigrationRunner(migrations: [Self.one, Self.two]).up(connection)
      }
      #expect(gap?.code == .migrationDrift)
      #expect(gap?.message == "migration 1 (cats) is missing although version 2 is applied")
    }
  }

  @Test func aDatabaseNewerThanTheProgramIsRefused() async throws {
    try await withConnection { connection in
      try await MigrationRunner(migrations: [Self.one, Self.two]).up(connection)
      let old = try MigrationRunner(migrations: [Self.one])
      let error = await #expect(throws: PostgresError.self) { try await old.requireCurrent(connection) }
      #expect(error?.code == .databaseNewer)
      #expect(error?.message == "the database's schema is at version 2, but this program knows versions up to 1")
      #expect(try await old.status(connection).entries.map(\.state) == [.applied, .unknown])
      await #expect(throws: PostgresError.self) { try await old.up(connection) }
    }
  }

  @Test func runnersTakeTurns() async throws {
    try await withTestDatabase { configuration in
      let runner = try MigrationRunner(migrations: [Self.one, Self.two])
      let applied = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<6 {
          group.addTask {
            let connection = try await PostgresConnection.connect(configuration)
            let count = try await runner.up(connection).count
            await connection.close()
            return count
          }
        }
        return try await group.reduce(into: [Int]()) { $0.append($1) }
      }
      #expect(applied.reduce(0, +) == 2)
    }
  }

  @Test func versionNumbersMustHaveNoGaps() {
    #expect(throws: PostgresError.self) { try MigrationRunner(migrations: [Self.one, Self.three]) }
    #expect(throws: PostgresError.self) { try MigrationRunner(migrations: [Self.one, Self.one]) }
  }

  @Test func everyTestDatabaseHasTheTemplatesSchema() async throws {
    for _ in 0..<2 {
      try await withTestDatabase(migrations: [Self.one]) { configuration in
        let connection = try await PostgresConnection.connect(configuration)
        try await connection.query("INSERT INTO cats VALUES (1)")
        #expect(try await connection.query("SELECT FROM cats").count == 1)
        await connection.close()
      }
    }
  }
}
