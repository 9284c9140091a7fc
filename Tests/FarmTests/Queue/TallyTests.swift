import Farm
import Postgres
import Testing
import Vocabulary

/// Completions add tallies instead of waiting for the batch's row; counters and tallies together are always exact.
@Suite struct TallyTests {
  @Test func aCompletionDoesNotWaitForTheRowOfItsBatch() async throws {
    try await FarmFixture.with { farm in
      let batch = try await farm.enqueue(count: 8, chunk: 4)
      let job = try await farm.claimOne()
      try await farm.publish(job)
      try await farm.database.pool.withConnection { connection in
        try await connection.query("BEGIN")
        try await connection.query("SELECT FROM batches FOR NO KEY UPDATE")
        #expect(try await farm.jobs.complete(job.handle) == .settled(job: .done, batch: .running))
        try await connection.query("ROLLBACK")
      }
      #expect(try await farm.count("tallies") == 1)
      try await Self.expectExact(farm, batch, jobs: 1, images: [.awe: 4, .fear: 0])
      _ = try await farm.jobs.sweep()
      #expect(try await farm.count("tallies") == 0)
      try await Self.expectExact(farm, batch, jobs: 1, images: [.awe: 4, .fear: 0])
    }
  }

  /// Everything that shows counters shows the same.
  private static func expectExact(_ farm: FarmFixture, _ batch: Int64, jobs: Int, images: [Emotion: Int]) async throws {
    let status = try await farm.batches.status(batch)
    #expect(status.jobs.done == jobs && status.jobs.ready == status.jobs.total - jobs)
    #expect(status.imagesDone == images.values.reduce(0, +))
    #expect(try await farm.batches.list().map(\.jobs.done) == [jobs])
    let cells = try await farm.batches.cells(batch)
    #expect(cells.map(\.imagesDone) == [images[.awe], images[.fear]])
    #expect(try await farm.batches.emotions(batch).map(\.imagesDone) == [images[.awe], images[.fear]])
    let measures = try await farm.database.measures()
    #expect(measures.jobs[.done] == jobs && measures.jobs[.ready] == status.jobs.ready)
    #expect(measures.images["awe"] == images[.awe])
    #expect(try await farm.breaches() == [])
  }

  @Test func aBatchEndsWithTheLastCompletionOfManyWorkers() async throws {
    try await FarmFixture.with { farm in
      let batch = try await farm.enqueue(count: 60, chunk: 2)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<8 {
          group.addTask {
            let worker = try await farm.register()
            while let job = try await farm.claim(worker).first { #expect(try await farm.finish(job) != .stale) }
          }
        }
        group.addTask {
          while try await !farm.batches.status(batch).isFinished {
            #expect(try await farm.breaches() == [])
            // If the last completions each see the other's job open, the batch ends with a sweep.
            _ = try await farm.jobs.sweep()
          }
        }
        try await group.waitForAll()
      }
      let status = try await farm.batches.status(batch)
      #expect(status.state == .done && status.imagesDone == 120 && status.jobs.done == 60)
      #expect(try await farm.count("tallies") == 0)
      #expect(try await farm.count("events WHERE kind = 'batch.finished'") == 1)
      #expect(try await farm.breaches() == [])
    }
  }

  /// Each of the last two completions may see the other job open: the next sweep ends the batch.
  @Test func lastJobsThatAreCompletedAtOnceEndTheBatchWithTheNextSweep() async throws {
    try await FarmFixture.with { farm in
      let batch = try await farm.enqueue(count: 8, chunk: 4, emotions: [.awe])
      let (early, late) = (try await farm.claimOne(), try await farm.claimOne())
      for job in [early, late] { try await farm.publish(job) }
      try await farm.database.pool.withConnection { connection in
        try await connection.query("BEGIN")
        // The first statement of a completion that saw the other job before it was claimed.
        try await connection.query(
          """
          WITH job AS (
            UPDATE jobs SET state = 'done', worker_id = NULL, lease_expires_at = NULL, images_counted = images_done
            WHERE id = \(early.handle.job) RETURNING id
          ), history AS (
            UPDATE attempts SET ended_at = now(), outcome = 'completed', images = 4
            WHERE job_id = \(early.handle.job)
          )
          INSERT INTO tallies SELECT \(batch), 0, 1, 4 FROM job
          """)
        #expect(try await farm.jobs.complete(late.handle) == .settled(job: .done, batch: .running))
        try await connection.query("COMMIT")
      }
      #expect(try await farm.batches.status(batch).jobs.done == 2)
      #expect(try await farm.breaches() == [])
      _ = try await farm.jobs.sweep()
      #expect(try await farm.batches.status(batch).state == .done)
      #expect(try await farm.count("events WHERE kind = 'batch.finished'") == 1)
      #expect(try await farm.breaches() == [])
    }
  }

  @Test func steeringCountsTalliesFirst() async throws {
    try await FarmFixture.with { farm in
      let batch = try await farm.enqueue(count: 12, chunk: 4)
      let running = try await farm.claimOne()
      try await farm.finish(try await farm.claimOne())
      #expect(try await farm.batches.cancel(batch) == .cancelling)
      #expect(try await farm.count("tallies") == 0)
      try await farm.finish(running)
      let status = try await farm.batches.status(batch)
      #expect(status.state == .cancelled && status.jobs.done == 2 && status.jobs.cancelled == 4)
      #expect(try await farm.breaches() == [])
    }
  }
}
