import Files
import Foundation
import Postgres
import TestSupport
import Testing

/// `emofarm web` with many viewers, stuck viewers, many batches, and a database that goes away.
@Suite struct WebLoadTests {
  private static func watch(_ server: WebServer, _ target: String) throws -> RawHTTP {
    let stream = try RawHTTP(port: server.port)
    try stream.send("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return stream
  }

  @Test func manyViewersShareTheDatabasesFewConnections() async throws {
    try await CommandFarm.with { farm in
      try await farm.painted(images: 64)
      try await WebServer.with(farm, "--connections", "2") { server in
        let viewers = try (0..<200).map { try Self.watch(server, $0 % 2 == 0 ? "/live/farm" : "/live/batches/1") }
        // A viewer that takes nothing delays nobody.
        let stuck = try Self.watch(server, "/live/batches/1")
        try await BlockingExecutor.run {
          for (index, viewer) in viewers.enumerated() {
            try viewer.receive(until: index % 2 == 0 ? "farm-health" : "batch-events")
          }
        }
        _ = try await farm("pause", "1")
        let enqueued = try await farm("enqueue", "--emotion", "fear", "--count", "1", "--name", "a new batch")
        #expect(enqueued.status == 0)
        let start = ContinuousClock.now
        try await BlockingExecutor.run {
          for (index, viewer) in viewers.enumerated() where index % 2 == 0 { try viewer.receive(until: "a new batch") }
        }
        #expect(ContinuousClock.now - start < .seconds(10))
        let connection = try await PostgresConnection.connect(farm.configuration)
        let sessions = try await connection.query(
          """
          SELECT count(*) AS count FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
          """
        ).only().int("count")
        await connection.close()
        #expect(sessions <= 3, "two connections and one that listens")
        withExtendedLifetime((viewers, stuck)) {}
      }
    }
  }

  @Test func aViewerIsSentWhatIsNew() async throws {
    try await CommandFarm.with { farm in
      let enqueued = try await farm("enqueue", "--emotion", "awe", "--count", "65", "--size", "8x8", "--chunk", "64")
      #expect(enqueued.status == 0, "\(enqueued.error)")
      try await farm.paint(jobs: 1)
      try await WebServer.with(farm) { server in
        let stream = try Self.watch(server, "/live/batches/1")
        let first = try await BlockingExecutor.run { try stream.receive(until: "batch-events") }
        #expect(try Self.tiles(first).map(\.index) == Array((4...63).reversed()))
        #expect(try Self.tiles(first).allSatisfy(\.isWhole))
        try await farm.paint()
        let second = try await BlockingExecutor.run { try stream.receive(until: "{\"key\":\"5-") }
        #expect(try Self.tiles(second).map(\.index) == Array((5...64).reversed()))
        #expect(try Self.tiles(second).filter(\.isWhole).map(\.index) == [64])
        // Who comes later gets all of it.
        let late = try Self.watch(server, "/live/batches/1")
        let whole = try await BlockingExecutor.run { try late.receive(until: "batch-events") }
        #expect(try Self.tiles(whole).allSatisfy(\.isWhole) && Self.tiles(whole).count == 60)
      }
    }
  }

  /// The tiles of the last event that has some: the index of each image, and whether its markup is there.
  private static func tiles(_ stream: String) throws -> [(index: Int, isWhole: Bool)] {
    let event = try #require(stream.components(separatedBy: "event: tiles\ndata: ").dropFirst().last)
    return event.prefix { $0 != "\n" }.matches(of: #/\{"key":"(\d+)-\w+"(,"html":)?/#).map {
      (Int($0.1) ?? -1, $0.2 != nil)
    }
  }

  @Test(.timeLimit(.minutes(10))) func aDatabaseThatIsAwayIsSaidAndComesBack() async throws {
    try await CommandFarm.with { farm in
      #expect(try await farm("enqueue", "--emotion", "awe", "--count", "2", "--name", "survivor").status == 0)
      let gate: SQL = "ALTER DATABASE \(identifier: farm.configuration.database) ALLOW_CONNECTIONS"
      let other = try await PostgresConnection.connect(farm.configuration.with(database: "postgres"))
      try await WebServer.with(farm) { server in
        #expect(try await server.get("/").status == 200)
        let stream = try Self.watch(server, "/live/batches/1")
        _ = try await BlockingExecutor.run { try stream.receive(until: "batch-events") }
        try await other.query("\(gate) false")
        try await other.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = \(farm.configuration.database)")
        let away = try await eventually("the page says that the database is away") {
          let page = try await server.get("/")
          return page.status == 503 ? page : nil
        }
        #expect(away.text.contains("Not available now") && away.text.contains("http-equiv=\"refresh\""))
        #expect(away.headers["retry-after"] == "3")
        _ = try await BlockingExecutor.run { try stream.receive(until: "event: problem") }
        #expect(try await server.get("/healthz").status == 200)
        try await other.query("\(gate) true")
        try await eventually("the page is back") { try await server.get("/batches/1").status == 200 }
        _ = try await BlockingExecutor.run { try stream.receive(until: "event: open") }
      }
      await other.close()
    }
  }

  @Test func tenThousandBatchesAreAPageAtATime() async throws {
    try await CommandFarm.with { farm in
      #expect(try await farm("enqueue", "--emotion", "awe", "--count", "1").status == 0)
      try await farm.query(
        """
        INSERT INTO batches (name, spec, spec_digest, model_id, model_digest, seed, chunk, max_attempts, images, jobs)
        SELECT 'batch ' || n, spec, spec_digest, model_id, model_digest, seed, chunk, max_attempts, images, jobs
        FROM batches, generate_series(2, 10000) n
        """)
      try await WebServer.with(farm) { server in
        let page = try await server.get("/batches")
        #expect(page.text.contains("batch 10000<") && !page.text.contains("batch 9950<"))
        let next = try #require(page.text.firstMatch(of: /rel="next" href="([^"]+)"/)).1.replacing("&amp;", with: "&")
        #expect(try await server.get(String(next)).text.contains("batch 9950<"))
        #expect(try await server.get("/").text.contains("of 10,000 open batches"))
      }
    }
  }
}
