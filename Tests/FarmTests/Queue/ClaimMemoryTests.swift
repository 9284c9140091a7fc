import Farm
import Postgres
import Testing
import Vocabulary

/// What a process remembers makes claims fast; a wrong memory must never hide a job for ever.
@Suite struct ClaimMemoryTests {
  private typealias Place = ClaimMemory.Place

  @Test func positionsMoveWithTheClaimsAndAreLeftOutEveryThirtySeconds() {
    let memory = ClaimMemory()
    let start = ContinuousClock.now
    #expect(memory.view(at: start).isWhole)
    memory.claimed([Place(batch: 1, runAt: 5, id: 7)], with: memory.view(at: start), since: start, at: start)
    #expect(!memory.view(at: start + .seconds(29)).isWhole)
    #expect(memory.view(at: start + .seconds(31)).isWhole)
    // A claim at the same moment does not search too.
    #expect(!memory.view(at: start + .seconds(31)).isWhole)
  }

  @Test func slowSearchesAndCountsRestLonger() {
    let memory = ClaimMemory()
    let start = ContinuousClock.now
    let end = start + .seconds(4)
    #expect(memory.mustCount(at: start))
    memory.counted([(batch: 1, jobs: 2)], since: start, at: end)
    #expect(!memory.mustCount(at: end + .seconds(79)))
    #expect(memory.mustCount(at: end + .seconds(81)))
    #expect(memory.maySearch(at: end))
    memory.claimed(
      [Place(batch: 1, runAt: 5, id: 7)], with: memory.view(isWhole: true, at: start), since: start, at: end)
    #expect(!memory.view(at: end + .seconds(79)).isWhole)
    #expect(!memory.maySearch(at: end + .seconds(79)))
    #expect(memory.maySearch(at: end + .seconds(81)))
    #expect(memory.view(at: end + .seconds(81)).isWhole)
  }

  /// A position is a guess about other transactions: here it is wrong in every way that can happen.
  @Test func aJobInFrontOfThePositionIsFoundBeforeTheQueueIsSaidToBeEmpty() async throws {
    try await FarmFixture.with { farm in
      try await farm.enqueue(count: 16, chunk: 4, emotions: [.awe])
      let jobs = try await farm.claim(limit: 3)
      // As after a clock that was set back, or after a restore.
      try await farm.run("UPDATE jobs SET run_at = run_at - interval '1 hour' WHERE state <> 'ready'")
      for job in jobs.prefix(2) { _ = try await farm.jobs.release(job.handle, .drained) }
      try await farm.run("UPDATE jobs SET run_at = run_at - interval '1 hour' WHERE state = 'ready' AND token > 0")
      // The position lies behind the returned jobs, so the one that was never claimed comes first.
      #expect(try await farm.claimOne().handle.token == 1)
      #expect(try await farm.claim(limit: 4).map(\.handle.token) == [2, 2])
      #expect(try await farm.claim(limit: 4).isEmpty)
    }
  }

  /// A claim skips a job that another transaction holds; if that is rolled back, the job stays in front.
  @Test func aJobWhoseClaimWasRolledBackIsClaimed() async throws {
    try await FarmFixture.with { farm in
      try await farm.enqueue(count: 12, chunk: 4, emotions: [.awe])
      let first = try await farm.claimOne()
      try await farm.database.pool.withConnection { connection in
        try await connection.query("BEGIN")
        try await connection.query("SELECT FROM jobs WHERE first_index = 4 FOR UPDATE")
        #expect(try await farm.claimOne().firstIndex == 8)
        try await connection.query("ROLLBACK")
      }
      #expect(try await farm.claimOne().firstIndex == 4)
      #expect(first.firstIndex == 0)
    }
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func whateverHappensEveryJobIsClaimedInTheEnd(_ seed: UInt64) async throws {
    try await FarmFixture.with { farm in
      var random = SplitMix(state: seed)
      for count in [12, 6, 9] { try await farm.enqueue(count: count, chunk: 1, priority: Int(random.next() % 2)) }
      var held: [ClaimedJob] = []
      for _ in 0..<120 {
        switch random.next() % 6 {
        case 0...2: held += try await farm.claim(limit: 1 + Int(random.next() % 3))
        case 3:
          guard let job = held.popLast() else { continue }
          _ = try await farm.jobs.release(job.handle, .drained)
        case 4:
          guard let job = held.popLast() else { continue }
          try await farm.finish(job)
        default:
          try await farm.run(
            """
            UPDATE jobs SET run_at = now() - \(Int(random.next() % 600)) * interval '1 minute'
            WHERE state = 'ready' AND id % 3 = \(Int(random.next() % 3))
            """)
        }
      }
      for job in held { try await farm.finish(job) }
      try await farm.finishAll()
      #expect(try await farm.count("jobs WHERE state <> 'done'") == 0)
      #expect(try await farm.breaches() == [])
    }
  }

  /// Four priorities, among them batches with and without running jobs.
  @Test func theOrderIsPriorityThenRunningJobsThenAge() async throws {
    try await FarmFixture.with { farm in
      var batches: [Int64] = []
      for priority in [0, 3, -2, 3, 0, 5] {
        batches.append(try await farm.enqueue(count: 3, chunk: 1, priority: priority, emotions: [.awe]))
      }
      var order: [Int64] = []
      while let job = try await farm.claim().first { order.append(job.handle.batch) }
      let (top, high, zero, low) = (batches[5], [batches[1], batches[3]], [batches[0], batches[4]], batches[2])
      #expect(order == [top, top, top] + high + high + high + zero + zero + zero + [low, low, low])
    }
  }

  /// With more batches at work than a claim carries, it starts behind those that have running jobs.
  @Test func floorsChangeNothingAboutTheOrder() async throws {
    try await FarmFixture.with { farm in
      let seed = try await farm.enqueue(count: 2, chunk: 1, emotions: [.awe])
      // 400 batches like this one, in the state that enqueueing leaves.
      try await farm.run(
        """
        WITH made AS (
          INSERT INTO batches (name, spec, spec_digest, model_id, model_digest, seed, chunk, max_attempts, images, jobs)
          SELECT name, spec, spec_digest, model_id, model_digest, seed, chunk, max_attempts, images, jobs
          FROM batches, generate_series(1, 400) WHERE id = \(seed)
          RETURNING id
        ), cell AS (
          INSERT INTO cells SELECT made.id, ordinal, emotion, subject, settings, first_index, count, 0
          FROM made, cells WHERE batch_id = \(seed)
        )
        INSERT INTO jobs (batch_id, cell, first_index, count) SELECT made.id, cell, first_index, count
        FROM made, jobs WHERE batch_id = \(seed) ORDER BY 1, 3
        """)
      var order: [Int64] = []
      for _ in 0..<300 { order.append(try await farm.claimOne().handle.batch) }
      #expect(order == (seed..<seed + 300).map { $0 })
      #expect(!farm.jobs.memory.view().floors.isEmpty)
      // A line without a floor, in front and beside.
      let urgent = try await farm.enqueue(count: 2, chunk: 1, priority: 1, emotions: [.awe])
      #expect(try await farm.claimOne().handle.batch == urgent)
      #expect(try await farm.claimOne().handle.batch == urgent)
      #expect(try await farm.claimOne().handle.batch == seed + 300)
      #expect(try await farm.claim(limit: 3).map(\.handle.batch) == [seed + 301, seed + 301, seed + 302])
      var rest = Set<Int64>()
      while let job = try await farm.claim().first { #expect(rest.insert(job.handle.job).inserted) }
      #expect(rest.count == 802 - 304)
      #expect(try await farm.count("jobs WHERE state = 'ready'") == 0)
    }
  }
}
