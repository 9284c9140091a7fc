import Farm
import Files
import Foundation
import Postgres
import TestSupport
import Testing

/// Workers whose database is behind a real PgBouncer in transaction mode.
extension DaemonTests {
  @Suite struct Pooled {
    /// Four workers share three server processes with a client that leaves its settings and statements in them.
    @Test(.timeLimit(.minutes(10))) func fourWorkersRenderABatchThroughAPooler() async throws {
      try await TestFarm.withCluster { farm, _ in
        let direct = farm.database.configuration
        let pooler = try Pooler(before: direct)
        let batch = try await farm.enqueue(256, chunk: 4)
        let environment = ["EMOFARM_DATABASE_URL": pooler.address(direct.database)]
        let daemons = try (1...4).map { try farm.daemon("worker-\($0)", environment: environment) }
        let stranger = Task {
          let connection = try await PostgresConnection.connect(pooler.configuration(direct.database))
          var round = 0
          while !Task.isCancelled {
            round += 1
            try await connection.execute(
              script: """
                SET TimeZone = 'Asia/Tokyo'; SET DateStyle = 'German'; SET bytea_output = 'escape';
                PREPARE stranger_\(round) AS SELECT 42
                """)
            try await Task.sleep(for: .milliseconds(50))
          }
        }
        let status = try await eventually("the batch is finished", within: .seconds(180)) {
          if let ended = daemons.first(where: { $0.current() != nil }) {
            throw NotObserved(description: "a worker ended: \(ended.text)")
          }
          let status = try await farm.database.batches.status(batch)
          return status.isFinished ? status : nil
        }
        #expect(status.state == .done)
        stranger.cancel()
        _ = await stranger.result

        let images = try await farm.database.images.page(batch)
        #expect(images.map(\.index) == Array(0..<256))
        #expect(images.allSatisfy { $0.token == 1 })
        // The audit runs through the pooler, too.
        let pool = PostgresPool(pooler.configuration(direct.database))
        for isDeep in [false, true] {
          let findings = try await Audit(database: FarmDatabase(pool: pool), store: farm.store).run(deep: isDeep)
          #expect(findings.isEmpty, "\(findings)")
        }
        await pool.close()
        #expect(daemons.allSatisfy { $0.current() == nil })
        for daemon in daemons { daemon.send(SIGTERM) }
        for daemon in daemons {
          #expect(try await daemon.end() == .exited(0))
          #expect(daemon.text.components(separatedBy: "through a connection pooler").count == 2, "\(daemon.text)")
          #expect(!daemon.text.contains("prepared statement"), "\(daemon.text)")
          #expect(!daemon.text.contains(" error "), "\(daemon.text)")
        }
        withExtendedLifetime(pooler) {}
      }
    }
  }
}
