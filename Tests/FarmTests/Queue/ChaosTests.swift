import Farm
import Postgres
import Testing

/// The server repeatedly terminates every connection in the middle of ongoing work.
@Suite struct ChaosTests {
  @Test func brokenConnectionsLoseAndRepeatNothing() async throws {
    try await FarmFixture.with { farm in
      let id = try await farm.enqueue(count: 60, chunk: 4, attempts: 100)
      let axe = try await PostgresConnection.connect(farm.database.configuration)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<4 {
          let worker = try await farm.database.workers.register(
            host: "chaos", pid: 1, engine: FarmFixture.engine, version: "0", threads: 1)
          group.addTask { try await Self.work(farm, worker) }
        }
        group.addTask {
          var published = 0
          while published < 120 {
            try await axe.query(
              """
              SELECT pg_terminate_backend(pid) FROM pg_stat_activity
              WHERE datname = current_database() AND pid <> pg_backend_pid()
              """)
            // The next disturbance follows only after some progress since the last one.
            let before = published
            while published < min(before + 4, 120) {
              published = try await axe.query("SELECT count(*) FROM images WHERE batch_id = \(id)").only().int(0)
            }
          }
        }
        try await group.waitForAll()
      }
      await axe.close()
      let status = try await Self.persist { try await farm.batches.status(id) }
      #expect(status.state == .done && status.imagesDone == 120)
      #expect(try await Self.persist { try await farm.database.images.page(id) }.map(\.index) == Array(0..<120))
      // Every claim whose answer was lost was recovered, so that no lease had to expire.
      #expect(try await farm.count("attempts WHERE outcome <> 'completed' OR outcome IS NULL") == 0)
      #expect(try await farm.breaches() == [])
    }
  }

  /// The work of a worker without the rendering.
  private static func work(_ farm: FarmFixture, _ worker: WorkerKey) async throws {
    while true {
      let claimed = try await persist {
        let lost = try await farm.jobs.held(worker: worker).compactMap(\.images)
        return lost.isEmpty ? try await farm.claim(worker) : lost
      }
      guard let job = claimed.first else { return }
      for index in job.missing {
        let answer = try await persist {
          try await farm.jobs.publish(job.handle, FarmFixture.image(job, index), lease: FarmFixture.lease)
        }
        #expect(answer != .stale)
      }
      let settlement = try await persist { try await farm.jobs.complete(job.handle) }
      #expect(settlement != .stale)
    }
  }

  /// Repeats operations interrupted by a broken connection.
  private static func persist<T: Sendable>(_ body: () async throws -> T) async throws -> T {
    while true {
      do {
        return try await body()
      } catch let error as PostgresError where error.isConnectionFailure || error.code == .commitUnknown {
        continue
      }
    }
  }
}
