package import Logging

/// Migrates a database's schema up and down. Applied versions are recorded in the table `emofarm_migrations`.
///
/// Each migration runs in its own transaction together with its row in that table, as the owner of that table if the
/// user is a member of it. Concurrent runners on one database take turns, and none waits in front of the queue (see
/// ``SchemaChange``).
package struct MigrationRunner: Sendable {
  private let migrations: [Migration]
  private let logger: Logger
  private let change: SchemaChange

  /// "emofarm" in ASCII; advisory locks are per database.
  private static let lock: Int64 = 0x65_6D6F_6661_726D

  /// - Parameters:
  ///   - migrations: versions 1, 2, 3, …
  ///   - patience: how long a migration waits for locks of others.
  ///   - onWait: as in ``SchemaChange``.
  /// - Throws: ``PostgresError`` (`migrationUnknown`) if a version is missing.
  package init(
    migrations: [Migration], patience: Duration = .seconds(600), logger: Logger = .silent,
    onWait: (@Sendable (LockWait) -> Void)? = nil
  ) throws {
    self.migrations = migrations.sorted { $0.version < $1.version }
    self.logger = logger
    change = SchemaChange(patience: patience, logger: logger, onWait: onWait)
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
    return try await steps(connection) { status in
      migrations.first { $0.version > status.current && $0.version <= target }
    } _: { migration, connection in
      try await connection.execute(script: migration.up)
      try await connection.query(
        """
        INSERT INTO emofarm_migrations (version, name, checksum)
        VALUES (\(migration.version), \(migration.name), \(migration.checksum))
        """)
    }
  }

  /// Reverts applied migrations, newest first, until the given version is the current one, and returns them.
  ///
  /// - Throws: as ``up(_:to:)``.
  @discardableResult
  package func down(_ connection: PostgresConnection, to target: Int) async throws -> [Migration] {
    let target = try known(target)
    return try await steps(connection) { status in
      migrations.last { $0.version <= status.current && $0.version > target }
    } _: { migration, connection in
      try await connection.execute(script: migration.down)
      try await connection.query("DELETE FROM emofarm_migrations WHERE version = \(migration.version)")
    }
  }

  private func known(_ version: Int) throws -> Int {
    guard (0...latest).contains(version) else {
      throw PostgresError(
        .migrationUnknown, "there is no version \(version) of the schema", hint: "choose one from 0 to \(latest)")
    }
    return version
  }

  /// Runs one migration after the other, each chosen by the status under the lock of its own transaction: a lock of the
  /// session would be another client's behind a pooler.
  private func steps(
    _ connection: PostgresConnection, next: @escaping @Sendable (MigrationStatus) -> Migration?,
    _ body: @escaping @Sendable (Migration, PostgresConnection) async throws -> Void
  ) async throws -> [Migration] {
    var done: [Migration] = []
    while let migration = try await step(connection, next: next, body) {
      logger.debug("migrated: \(migration.label)")
      done.append(migration)
    }
    return done
  }

  private func step(
    _ connection: PostgresConnection, next: @escaping @Sendable (MigrationStatus) -> Migration?,
    _ body: @escaping @Sendable (Migration, PostgresConnection) async throws -> Void
  ) async throws -> Migration? {
    // A step of the schema may take longer than a statement of the farm.
    try await change.run(connection) { connection in
      try await connection.query("SELECT set_config('statement_timeout', '0', true)")
      try await connection.query("SELECT pg_advisory_xact_lock(\(Self.lock))")
      try await becomeOwner(connection)
      try await connection.execute(script: Self.table)
      let status = try await status(connection)
      if let problem = status.problem { throw problem }
      guard let migration = next(status) else { return nil }
      do {
        try await body(migration, connection)
      } catch let error as PostgresError where error.code == .server && error.sqlState != .lockNotAvailable {
        throw PostgresError(
          .server, "migration \(migration.label) failed and was rolled back: \(error.message)",
          sqlState: error.sqlState, detail: error.detail, hint: error.hint, constraint: error.constraint)
      }
      return migration
    }
  }

  /// Lets the transaction make tables that belong to the owner of the existing ones, not to whoever migrates.
  private func becomeOwner(_ connection: PostgresConnection) async throws {
    let owners = try await connection.query(
      """
      SELECT pg_get_userbyid(relowner)::text AS owner FROM pg_class
      WHERE oid = to_regclass('emofarm_migrations') AND pg_get_userbyid(relowner) <> current_user
        AND pg_has_role(relowner, 'MEMBER')
      """)
    guard let owner = try owners.first?.string("owner") else { return }
    try await connection.execute(script: "SET LOCAL ROLE \(SQL.quote(identifier: owner))")
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
