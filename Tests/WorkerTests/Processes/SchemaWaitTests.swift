import Farm
import Files
import Foundation
import Postgres
import TestSupport
import Testing

/// Workers that start before their server, and workers whose schema is another version's.
extension DaemonTests {
  @Suite struct Schema {
    private static let future: SQL =
      "INSERT INTO emofarm_migrations (version, name, checksum) VALUES (99, 'future', 'x')"
    private static let present: SQL = "DELETE FROM emofarm_migrations WHERE version = 99"

    @Test(.timeLimit(.minutes(10))) func aWorkerThatStartsBeforeItsServerWaits() async throws {
      try await TestFarm.withCluster { farm, cluster in
        let batch = try await farm.enqueue(2, chunk: 2)
        let server = farm.database.configuration
        let url = "host=\(server.host) port=\(server.port) user=\(server.user) dbname=\(server.database)"
        try await cluster.stop()
        let daemon = try farm.daemon("worker", environment: ["EMOFARM_DATABASE_URL": url])
        let other = try farm.daemon("other", environment: ["EMOFARM_DATABASE_URL": url])
        try await daemon.logs("waiting for the database")
        try await other.logs("waiting for the database")
        other.send(SIGTERM)
        #expect(try await other.end(within: .seconds(10)) == .exited(0))
        try await cluster.start()
        #expect(try await farm.finishes(batch, daemon).state == .done)
        #expect(daemon.text.contains("the database is ready"))
        daemon.send(SIGTERM)
        #expect(try await daemon.end() == .exited(0))
      }
    }

    @Test(.timeLimit(.minutes(10))) func aWorkerWaitsForTheMigrationOfAnOlderSchema() async throws {
      try await TestFarm.with { farm in
        let runner = try MigrationRunner(migrations: FarmDatabase.migrations)
        let latest = FarmDatabase.migrations.count
        try await farm.database.pool.withConnection { _ = try await runner.down($0, to: latest - 1) }
        let manager = try NotifySocket(path: "\(farm.home)/notify")
        async let messages = manager.untilItStops()
        let daemon = try farm.daemon("worker", environment: ["NOTIFY_SOCKET": manager.path])
        try await daemon.logs("waiting for the database")
        #expect(daemon.text.contains("run: emofarm db migrate"), "\(daemon.text)")
        #expect(daemon.current() == nil)
        try await farm.database.pool.withConnection { _ = try await runner.up($0) }
        let batch = try await farm.enqueue(2, chunk: 2)
        #expect(try await farm.finishes(batch, daemon).state == .done)
        daemon.send(SIGTERM)
        #expect(try await daemon.end() == .exited(0))
        // An upgrade of the package waits for the start, and the migration for the end of the upgrade.
        let lines = await messages.flatMap { $0.split(separator: "\n").map(String.init) }
        let waiting = try #require(lines.firstIndex { $0.hasPrefix("STATUS=waiting: the database's schema") })
        #expect(try #require(lines.firstIndex(of: "READY=1")) < waiting)
        #expect(lines[..<waiting].contains("WATCHDOG=1"))
      }
    }

    /// A newer program may migrate the schema before or while an older worker runs.
    @Test(.timeLimit(.minutes(10))) func aWorkerWaitsWhileTheSchemaIsNewer() async throws {
      try await TestFarm.with { farm in
        try await farm.run(Self.future)
        let daemon = try farm.daemon("worker", lease: 8)
        try await daemon.logs("waiting for the database")
        #expect(daemon.text.contains("the database's schema is at version 99"), "\(daemon.text)")
        try await farm.run(Self.present)
        let first = try await farm.enqueue(2, chunk: 2)
        #expect(try await farm.finishes(first, daemon).state == .done)

        try await farm.run(Self.future)
        let second = try await eventually("the worker claims nothing", within: .seconds(60)) {
          let batch = try await farm.enqueue(1, chunk: 1)
          try await Task.sleep(for: .seconds(1))
          return try await farm.database.batches.status(batch).state == .queued ? batch : nil
        }
        try await farm.saysWhyItWaits(daemon)
        #expect(try await farm.database.workers.list().contains { $0.note?.contains("version 99") == true })
        try await farm.run(Self.present)
        #expect(try await farm.finishes(second, daemon).state == .done)
        #expect(daemon.current() == nil)
        daemon.send(SIGTERM)
        #expect(try await daemon.end() == .exited(0))
      }
    }
  }
}
