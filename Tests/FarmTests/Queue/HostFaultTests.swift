import Farm
import Files
import Testing
import Vocabulary

/// Faults of hosts in the queue: they cost no attempts, and several hosts that agree blame the job.
@Suite struct HostFaultTests {
  private static func host(_ name: String, _ farm: FarmFixture) async throws -> WorkerKey {
    try await farm.database.workers.register(host: name, pid: 1, engine: FarmFixture.engine, version: "0", threads: 1)
  }

  @Test func aHostFaultCostsNoAttemptAndIsReported() async throws {
    try await FarmFixture.with { farm in
      let batch = try await farm.enqueue(count: 4, emotions: [.awe])
      for _ in 0..<10 {
        let job = try await farm.claimOne()
        #expect(job.attempt == 1)
        let settled = try await farm.jobs.refuse(job.handle, reason: "the model is damaged")
        #expect(settled == .settled(job: .ready, batch: .running))
        // A repeated call gives the same answer.
        #expect(try await farm.jobs.refuse(job.handle, reason: "the model is damaged") == settled)
      }
      let events = try await farm.database.events.recent(batch: batch)
      #expect(events.count { $0.kind == "job.returned" } == 10)
      #expect(try await farm.breaches() == [])
      try await farm.finishAll()
      #expect(try await farm.batches.status(batch).state == .done)
    }
  }

  @Test func threeDifferentHostsBlameTheJobAndARetryForgetsThem() async throws {
    try await FarmFixture.with { farm in
      let batch = try await farm.enqueue(count: 4, emotions: [.awe])
      for (name, state) in [("a", JobState.ready), ("b", .ready), ("a", .ready), ("b", .ready), ("c", .failed)] {
        let job = try await farm.claimOne(try await Self.host(name, farm))
        let settled = try await farm.jobs.refuse(job.handle, reason: "cannot be loaded on \(name)")
        guard case .settled(state, _) = settled else {
          Issue.record("\(name): \(settled)")
          return
        }
      }
      #expect(try await farm.batches.status(batch).state == .failed)
      let stopped = try #require(try await farm.batches.stopped(batch).first)
      #expect(stopped.errors.last?.hasSuffix("cannot be loaded on c") == true)
      #expect(try await farm.breaches() == [])

      _ = try await farm.batches.retry(batch)
      let again = try await farm.claimOne(try await Self.host("d", farm))
      #expect(try await farm.jobs.refuse(again.handle, reason: "x") == .settled(job: .ready, batch: .running))
    }
  }

  /// A store that refuses every host, for example since its certificate was replaced.
  @Test func noNumberOfHostsBlamesTheJobForAFaultOfTheStore() async throws {
    try await FarmFixture.with { farm in
      let batch = try await farm.enqueue(count: 4, emotions: [.awe])
      for name in ["a", "b", "c", "d", "e"] {
        let job = try await farm.claimOne(try await Self.host(name, farm))
        #expect(job.attempt == 1)
        let settled = try await farm.jobs.refuse(
          job.handle, reason: "the certificate is not trusted", mayBeTheJobs: false)
        #expect(settled == .settled(job: .ready, batch: .running))
      }
      #expect(try await farm.database.events.recent(batch: batch).count { $0.kind == "job.returned" } == 5)
      try await farm.finishAll()
      #expect(try await farm.batches.status(batch).state == .done)
      #expect(try await farm.breaches() == [])
    }
  }

  @Test func aSuspendedWorkerIsShownIsNotAliveAndIsResumedOnce() async throws {
    try await FarmFixture.with { farm in
      let workers = farm.database.workers
      let batch = try await farm.enqueue(count: 4)
      #expect(try await workers.areAnyLive(for: batch))
      try await workers.suspend(farm.worker, reason: "suspended: the model is damaged")
      try await workers.suspend(farm.worker, reason: "suspended: the model is damaged")
      #expect(try await workers.orders(farm.worker)?.isSuspended == true)
      #expect(try await !workers.areAnyLive(for: batch))
      let shown = try #require(try await workers.list().first)
      #expect(shown.suspended != nil)
      #expect(shown.note == "suspended: the model is damaged")
      let resumed = try await workers.direct(.resume, .workers([farm.worker.id]))
      #expect(resumed.map(\.id) == [farm.worker.id] && resumed.first?.note == nil)
      #expect(try await workers.orders(farm.worker)?.isSuspended == false)
      await #expect(throws: FarmError.self) { try await workers.direct(.resume, .workers([farm.worker.id])) }
      // What the worker itself ends is no news then.
      try await workers.endSuspension(farm.worker)
      let kinds = try await farm.database.events.recent().map(\.kind)
      #expect(kinds.count { $0 == "worker.suspended" } == 1)
      #expect(kinds.count { $0 == "worker.resumed" } == 1)
    }
  }
}
