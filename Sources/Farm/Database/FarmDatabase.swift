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
      let runner = try MigrationRunner(migrations: migrations, logger: logger)
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
  /// The database's address. Starts the embedded server if no database is configured.
  package func databaseConfiguration() async throws -> PostgresConfiguration {
    if let databaseURL {
      return try PostgresConfiguration(url: databaseURL, allowInsecure: allowInsecureDatabase)
    }
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
}
