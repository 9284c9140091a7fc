package import Logging

/// Migrates a database's schema up and down. Applied versions are recorded in the table `emofarm_migrations`.
///
/// Each migration runs in its own transaction together with its row in that table. Concurrent runners on one database
/// take turns.
package struct MigrationRunner: Sendable {
  private let migrations: [Migration]
  private let logger: Logger

  /// "emofarm" in ASCII; advisory locks are per database.
  private static let lock: Int64 = 0x65_6D6F_6661_726D

  /// - Parameter migrations: versions 1, 2, 3, …
  /// - Throws: ``PostgresError`` (`migrationUnknown`) if a version is missing.
  package init(migrations: [Migration], logger: Logger = .silent) throws {
    self.migrations = migrations.sorted { $0.version < $1.version }
    self.logger = logger
    for (index, migration) in self.migrations.enumerated() where migration.version != index + 1 {
      throw PostgresError(
        .migrationUnknown, "migration \(index + 1) is missing or duplicated: the next one is \(migration.label)",
        hint: "number migrations 1, 2, 3, … and embed them again")
    }
  }

  private var latest: Int { migrations.last?.version ?? 0 }

  /// Returns applied and pending migrations without changing anything.
  package func status(_ connection: PostgresConnection) async throws -> MigrationStatus {
    var applied: [Int: PostgresRow] = [:]
    let exists = try await connection.query("SELECT to_regclass('emofarm_migrations') IS NOT NULL").only().bool(0)
    if exists {
      let rows = try await connection.query("SELECT version, name, checksum, applied_at FROM emofarm_migrations")
      for row in rows { applied[try row.int("version")] = row }
    }
    var entries: [MigrationStatus.Entry] = []
    for migration in migrations {
      let row = applied.removeValue(forKey: migration.version)
      let same = try row.map { try $0.string("checksum") == migration.checksum && $0.string("name") == migration.name }
      let state: MigrationStatus.Entry.State = same.map { $0 ? .applied : .changed } ?? .pending
      entries.append(
        .init(version: migration.version, name: migration.name, state: state, appliedAt: try row?.date("applied_at")))
    }
    for (version, row) in applied.sorted(by: { $0.key < $1.key }) {
      entries.append(
        .init(version: version, name: try row.string("name"), state: .unknown, appliedAt: try row.date("applied_at")))
    }
    let current = entries.last { $0.state != .pending }?.version ?? 0
    return MigrationStatus(entries: entries, current: current, latest: latest)
  }

  /// Checks that the schema is exactly the one of this program.
  ///
  /// - Throws: ``PostgresError``: `databaseNewer`, `migrationDrift`, `migrationPending`.
  package func requireCurrent(_ connection: PostgresConnection) async throws {
    let status = try await status(connection)
    if let problem = status.problem { throw problem }
    guard status.isCurrent else {
      throw PostgresError(
        .migrationPending, "the database's schema is at version \(status.current), but the program needs \(latest)",
        hint: "run: emofarm db migrate")
    }
  }

  /// Applies pending migrations up to a version and returns them.
  ///
  /// - Throws: ``PostgresError``: `databaseNewer`, `migrationDrift`, `migrationUnknown`, or the failing migration's
  ///   error. Earlier migrations stay applied.
  @discardableResult
  package func up(_ connection: PostgresConnection, to target: Int? = nil) async throws -> [Migration] {
    let target = try known(target ?? latest)
    return try await locked(connection) { connection in
      let status = try await status(connection)
      if let problem = status.problem { throw problem }
      let wanted = migrations.filter { $0.version > status.current && $0.version <= target }
      for migration in wanted {
        try await run(migration, migration.up, on: connection) { connection in
          try await connection.query(
            """
            INSERT INTO emofarm_migrations (version, name, checksum)
            VALUES (\(migration.version), \(migration.name), \(migration.checksum))
            """)
        }
      }
      return wanted
    }
  }

  /// Reverts applied migrations, newest first, until the given version is the current one, and returns them.
  ///
  /// - Throws: as ``up(_:to:)``.
  @discardableResult
  package func down(_ connection: PostgresConnection, to target: Int) async throws -> [Migration] {
    let target = try known(target)
    return try await locked(connection) { connection in
      let status = try await status(connection)
      if let problem = status.problem { throw problem }
      let wanted = migrations.reversed().filter { $0.version <= status.current && $0.version > target }
      for migration in wanted {
        try await run(migration, migration.down, on: connection) { connection in
          try await connection.query("DELETE FROM emofarm_migrations WHERE version = \(migration.version)")
        }
      }
      return wanted
    }
  }

  private func known(_ version: Int) throws -> Int {
    guard (0...latest).contains(version) else {
      throw PostgresError(
        .migrationUnknown, "there is no version \(version) of the schema", hint: "choose one from 0 to \(latest)")
    }
    return version
  }

  private func run(
    _ migration: Migration, _ script: String, on connection: PostgresConnection,
    record: @Sendable (PostgresConnection) async throws -> QueryResult
  ) async throws {
    do {
      try await connection.transaction { connection in
        try await connection.execute(script: script)
        _ = try await record(connection)
      }
    } catch let error as PostgresError where error.code == .server {
      throw PostgresError(
        .server, "migration \(migration.label) failed and was rolled back: \(error.message)",
        sqlState: error.sqlState, detail: error.detail, hint: error.hint, constraint: error.constraint)
    }
    logger.debug("migrated: \(migration.label)")
  }

  private func locked<T: Sendable>(
    _ connection: PostgresConnection, _ body: @Sendable (PostgresConnection) async throws -> T
  ) async throws -> T {
    try await connection.query("SELECT pg_advisory_lock(\(Self.lock))")
    let result: Result<T, any Error>
    do {
      try await connection.execute(script: Self.table)
      result = .success(try await body(connection))
    } catch {
      result = .failure(error)
    }
    // Runs in a task of its own, because the current one may be cancelled. A broken connection has already lost its
    // locks.
    await Task { _ = try? await connection.query("SELECT pg_advisory_unlock(\(Self.lock))") }.value
    return try result.get()
  }

  private static let table = """
    CREATE TABLE IF NOT EXISTS emofarm_migrations (
      version integer PRIMARY KEY,
      name text NOT NULL,
      checksum text NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT now()
    )
    """
}
