import Farm
import Postgres
import Synchronization
import TestSupport
import Testing

/// A migration while others work, and while somebody reads for long.
@Suite struct SchemaChangeTests {
  private static let later = Migration(
    version: FarmDatabase.migrations.count + 1, name: "later",
    up: "ALTER TABLE jobs ADD COLUMN later integer; ALTER TABLE batches ADD COLUMN later integer",
    down: "ALTER TABLE batches DROP COLUMN later; ALTER TABLE jobs DROP COLUMN later", checksum: "later")

  /// Runs a body while a session holds the locks of a backup, and ends that session when the body returns.
  private static func duringABackup<T: Sendable>(
    _ farm: FarmFixture, _ body: @Sendable (_ process: Int32) async throws -> T
  ) async throws -> T {
    let backup = try await PostgresConnection.connect(farm.database.configuration)
    let process = await backup.serverProcess
    let result = try await backup.transaction { backup in
      // As pg_dump does for every table.
      try await backup.query("LOCK TABLE jobs, batches IN ACCESS SHARE MODE")
      return try await body(process)
    }
    await backup.close()
    return result
  }

  /// pg_dump's lock conflicts with every change of a table. The change waits, and nobody waits behind it.
  @Test(.timeLimit(.minutes(10))) func claimsGoOnWhileAMigrationWaitsForABackup() async throws {
    try await FarmFixture.with { farm in
      try await farm.enqueue(count: 200, chunk: 1)
      let said = Mutex<[LockWait]>([])
      let runner = try MigrationRunner(
        migrations: FarmDatabase.migrations + [Self.later], onWait: { wait in said.withLock { $0.append(wait) } })
      let migration = try await Self.duringABackup(farm) { process in
        let migration = Task {
          let connection = try await PostgresConnection.connect(farm.database.configuration)
          let done = try await runner.up(connection)
          await connection.close()
          return done.map(\.name)
        }
        var longest = Duration.zero
        var claims = 0
        while said.withLock({ $0.isEmpty }) || claims < 100 {
          let begin = ContinuousClock.now
          try await farm.finish(try await farm.claimOne())
          longest = max(longest, .now - begin)
          claims += 1
        }
        #expect(said.withLock { $0.first?.holders.map(\.process) } == [Int(process)])
        // Claim, publication and completion, with at most one attempt of the migration in front of them.
        #expect(longest < .seconds(2))
        return migration
      }
      #expect(try await migration.value == ["later"])
      #expect(said.withLock { $0.count } == 1)
      try await farm.finishAll()
      let breaches = try await farm.breaches()
      #expect(breaches == [])
    }
  }

  @Test(.timeLimit(.minutes(10))) func aMigrationThatGetsNoLockSaysForWhomItWaited() async throws {
    try await FarmFixture.with { farm in
      let runner = try MigrationRunner(migrations: FarmDatabase.migrations + [Self.later], patience: .seconds(1))
      let connection = try await PostgresConnection.connect(farm.database.configuration)
      try await Self.duringABackup(farm) { process in
        let error = await #expect(throws: PostgresError.self) { try await runner.up(connection) }
        #expect(error?.sqlState == .lockNotAvailable)
        #expect(error?.detail?.contains("process \(process) (") == true, "\(String(describing: error))")
        #expect(error?.hint?.hasPrefix("nothing was changed") == true)
      }
      #expect(try await runner.status(connection).current == FarmDatabase.migrations.count)
      #expect(try await runner.up(connection).count == 1)
      await connection.close()
    }
  }
}
