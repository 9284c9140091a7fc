import Farm
import Postgres
import Testing
import Vocabulary

@Suite struct LeaseTests {
  @Test func afterACrashOnlyMissingImagesAreRenderedAgain() async throws {
    try await FarmFixture.with { farm in
      let id = try await farm.enqueue(count: 4, emotions: [.awe])
      let crashed = try await farm.claimOne()
      try await farm.publish(crashed, [0, 2])
      try await farm.expireLeases()
      let report = try await farm.jobs.sweep()
      #expect(
        report.expired == [
          .init(handle: crashed.handle, worker: farm.worker.id, attempt: 1, job: .ready)
        ])
      #expect(try await farm.batches.status(id).imagesDone == 2)
      #expect(try await farm.claim().isEmpty)
      try await farm.endRests()
      let next = try await farm.claimOne()
      #expect(next.missing == [1, 3] && next.attempt == 2 && next.handle.token == 2)
      #expect(try await farm.finish(next) == .settled(job: .done, batch: .done))
      let tokens = try await farm.database.images.page(id).map(\.token)
      #expect(tokens == [1, 2, 1, 2])
      #expect(try await farm.breaches() == [])
    }
  }

  @Test func aValidLeaseIsNotSwept() async throws {
    try await FarmFixture.with { farm in
      try await farm.enqueue()
      _ = try await farm.claimOne()
      #expect(try await farm.jobs.sweep() == SweepReport())
    }
  }

  @Test func progressRenewsTheLease() async throws {
    try await FarmFixture.with { farm in
      let id = try await farm.enqueue()
      let job = try await farm.claimOne()
      try await farm.expireLeases()
      let progress = JobProgress(index: 1, step: 7, steps: 20)
      #expect(try await farm.jobs.heartbeat(job.handle, lease: FarmFixture.lease, progress: progress) == .proceed)
      #expect(try await farm.jobs.sweep().expired.isEmpty)
      let running = try await farm.batches.running(id)
      #expect(running.count == 1 && running[0].worker == farm.worker.id && running[0].host == "test")
      #expect((running[0].currentIndex, running[0].step, running[0].steps) == (1, 7, 20))
      try await farm.expireLeases()
      try await farm.publish(job, [0])
      #expect(try await farm.jobs.sweep().expired.isEmpty)
    }
  }

  @Test func aJobThatKillsItsWorkersIsQuarantinedWithItsErrors() async throws {
    try await FarmFixture.with { farm in
      let id = try await farm.enqueue(count: 4, attempts: 3, emotions: [.awe])
      for attempt in 1...3 {
        try await farm.endRests()
        let job = try await farm.claimOne()
        #expect(job.attempt == attempt)
        if attempt == 2 { try await farm.publish(job, [1]) }
        try await farm.expireLeases()
        let report = try await farm.jobs.sweep()
        #expect(report.quarantined == (attempt == 3 ? [job.handle] : []))
      }
      try await farm.endRests()
      #expect(try await farm.claim().isEmpty)
      let status = try await farm.batches.status(id)
      #expect(status.state == .failed && status.jobs.failed == 1 && status.imagesDone == 1)
      let stopped = try await farm.batches.stopped(id)
      #expect(stopped.count == 1 && stopped[0].errors.count == 3 && stopped[0].imagesDone == 1)
      #expect(stopped[0].errors.allSatisfy { $0.contains("the lease ran out") })
      #expect(try await farm.batches.emotions(id).map(\.imagesFailed) == [3])
      #expect(
        try await farm.database.events.recent(batch: id).map(\.kind) == [
          "batch.enqueued", "job.expired", "job.expired", "job.quarantined", "batch.finished",
        ])
      #expect(try await farm.breaches() == [])
    }
  }

  @Test func releasingAJobDoesNotUseUpAttempts() async throws {
    try await FarmFixture.with { farm in
      try await farm.enqueue(count: 4, attempts: 1, emotions: [.awe])
      for round in 1...5 {
        let job = try await farm.claimOne()
        #expect(job.attempt == 1 && job.handle.token == Int64(round))
        #expect(try await farm.jobs.release(job.handle, .drained) == .settled(job: .ready, batch: .running))
      }
      let job = try await farm.claimOne()
      _ = try await farm.jobs.release(job.handle, .waiting("0.2 GiB free, 1 GiB needed"))
      #expect(try await farm.claim().isEmpty)
      #expect(try await farm.breaches() == [])
    }
  }

  @Test func sweepersShareTheWork() async throws {
    try await FarmFixture.with { farm in
      try await farm.enqueue(count: 20, chunk: 1)
      _ = try await farm.claim(limit: 40)
      try await farm.expireLeases()
      let reports = try await withThrowingTaskGroup(of: SweepReport.self) { group in
        for _ in 0..<6 { group.addTask { try await farm.jobs.sweep() } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      let swept = reports.flatMap(\.expired).map(\.handle)
      #expect(swept.count == 40 && Set(swept).count == 40)
      #expect(try await farm.count("attempts WHERE outcome = 'expired'") == 40)
      #expect(try await farm.breaches() == [])
    }
  }

  @Test func aCompleteJobIsDoneEvenIfItsWorkerDied() async throws {
    try await FarmFixture.with { farm in
      let id = try await farm.enqueue(count: 4, attempts: 1, emotions: [.awe])
      let job = try await farm.claimOne()
      try await farm.publish(job)
      try await farm.expireLeases()
      #expect(try await farm.jobs.sweep().expired.map(\.job) == [.done])
      #expect(try await farm.batches.status(id).state == .done)
      #expect(try await farm.breaches() == [])
    }
  }
}
