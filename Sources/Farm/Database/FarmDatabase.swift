import Crypto
import Files
import Foundation
package import Logging
import Migrations
package import Postgres

/// The farm's database: its connections and the operations on it.
package final class FarmDatabase: Sendable {
  package let pool: PostgresPool
  private let claims = ClaimMemory()

  package init(pool: PostgresPool) {
    self.pool = pool
  }

  /// The database's address, for a ``PostgresListener``.
  package var configuration: PostgresConfiguration { pool.configuration }

  package var batches: BatchStore { BatchStore(pool: pool) }
  package var jobs: JobQueue { JobQueue(pool: pool, memory: claims) }
  package var workers: WorkerRegistry { WorkerRegistry(pool: pool) }
  package var sharing: Sharing { Sharing(pool: pool) }
  package var models: ModelRegistry { ModelRegistry(pool: pool) }
  package var images: ImageIndex { ImageIndex(pool: pool) }
  package var events: EventLog { EventLog(pool: pool) }

  /// The schema that this version of the program expects.
  package static let migrations = SchemaScript.all.map { script in
    Migration(
      version: script.number, name: script.name, up: script.up, down: script.down,
      checksum: Hex.encode(SHA256.hash(data: Data(script.up.utf8))))
  }

  /// Opens the configured database. If none is configured, opens the embedded one, starting and migrating it as needed.
  ///
  /// - Parameters:
  ///   - limits: how long its sessions may keep others waiting.
  ///   - onLockWait: as in ``PostgresPool``.
  ///   - migrate: whether to migrate the schema; nil migrates only the embedded database.
  /// - Throws: `PostgresError` whose message says what to do: `migrationPending` for an older schema, `databaseNewer`,
  ///   `connectionFailed` for a wrong password or an unreachable server, `cluster`.
  package static func open(
    _ settings: FarmSettings, poolSize: Int = 4, limits: SessionLimits = .command, migrate: Bool? = nil,
    logger: Logger = .silent, onLockWait: (@Sendable (LockWait) -> Void)? = nil
  ) async throws -> FarmDatabase {
    var configuration = try await settings.databaseConfiguration()
    configuration.limits = limits
    let database = FarmDatabase(
      pool: PostgresPool(configuration, size: poolSize, logger: logger, onLockWait: onLockWait))
    do {
      let runner = try MigrationRunner(migrations: migrations, logger: logger, onWait: onLockWait)
      let migrates = migrate ?? (settings.databaseURL == nil)
      if migrates {
        // A step of the schema may take longer than a worker's statements.
        configuration.limits = .command
        let connection = try await PostgresConnection.connect(configuration, logger: logger)
        try await runner.up(connection)
        await connection.close()
      }
      try await database.pool.withConnection { try await runner.requireCurrent($0) }
      return database
    } catch {
      await database.close()
      throw error
    }
  }

  /// Runs a body until the server and its schema can serve it; for a program that has not begun its work.
  ///
  /// Waits while the server is away, out of resources, locked or read-only, and while the schema is of another version
  /// than the program. A wrong password, an unknown database or missing privileges are thrown: whoever starts the
  /// program is there to read it.
  /// - Parameters:
  ///   - patience: how long it waits; nil for as long as it takes.
  ///   - onWait: called before each pause.
  package static func whenReady<T>(
    patience: Duration? = nil, onWait: (PostgresError) -> Void, _ body: () async throws -> T
  ) async throws -> T {
    var pause = RetryPause(first: .milliseconds(500), longest: .seconds(5))
    let deadline = patience.map { ContinuousClock.now + $0 }
    while true {
      do {
        return try await body()
      } catch let error as PostgresError where error.mayEndByItself && deadline.map({ $0 > .now }) ?? true {
        onWait(error)
        try await Task.sleep(for: pause.next())
      }
    }
  }

  /// Why this program must not work on the schema now; nil if it may.
  ///
  /// - Throws: `PostgresError` if the schema cannot be read.
  package func schemaProblem() async throws -> PostgresError? {
    let runner = try MigrationRunner(migrations: Self.migrations)
    do {
      try await pool.withConnection { try await runner.requireCurrent($0) }
      return nil
    } catch let error as PostgresError where error.isOfTheSchema {
      return error
    }
  }

  /// What an operator should know about the server: that a pooler stands before it, or that it is newer than this
  /// program.
  package func serverRemarks() async throws -> [String] {
    try await pool.withConnection { connection in
      var remarks: [String] = []
      if await connection.isPooled {
        remarks.append(
          "the database is reached through a connection pooler: no statement, setting or lock outlives a transaction, "
            + "and new work is found by polling instead of notifications (database.pooling: session if it keeps a "
            + "server process for each client)")
      }
      if let remark = await connection.serverVersion?.remark { remarks.append(remark) }
      return remarks
    }
  }

  /// Sends a notification on a best-effort basis; it only wakes listeners.
  package func notify(_ channel: FarmChannel, _ payload: String) async throws {
    _ = try await pool.withConnection {
      try await $0.query("SELECT pg_notify(\(channel.rawValue), \(payload))")
    }
  }

  package func close() async {
    await pool.close()
  }
}

extension FarmSettings {
  /// The address of the configured database; nil selects the embedded one.
  package func configuredDatabase() throws -> PostgresConfiguration? {
    guard let databaseURL else { return nil }
    var configuration = try PostgresConfiguration(url: databaseURL, allowInsecure: allowInsecureDatabase)
    configuration.pooling = pooling
    return configuration
  }

  /// The database's address. Starts the embedded server if no database is configured.
  package func databaseConfiguration() async throws -> PostgresConfiguration {
    if let configured = try configuredDatabase() { return configured }
    let cluster = EmbeddedCluster(home: home)
    try await cluster.start()
    return try await cluster.configuration()
  }
}

/// The notification channels. A notification only wakes its listeners: they then read the tables, and they also poll.
package enum FarmChannel: String, CaseIterable, Sendable {
  /// Jobs may have become claimable.
  case work = "emofarm_work"
  /// A batch changed state; the payload is its id.
  case batches = "emofarm_batches"
  /// An operator directed workers, which read their own rows.
  case workers = "emofarm_workers"
}
