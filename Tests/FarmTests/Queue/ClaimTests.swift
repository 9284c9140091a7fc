import Farm
import Specifications
import Testing
import Vocabulary

@Suite struct ClaimTests {
  @Test func aClaimReturnsEverythingTheWorkerNeeds() async throws {
    try await FarmFixture.with { farm in
      let id = try await farm.enqueue(count: 6, chunk: 4, seed: UInt64(Int64.max) - 1)
      let job = try await farm.claimOne()
      #expect(job.handle.batch == id && job.handle.token == 1)
      #expect((job.attempt, job.maxAttempts, job.firstIndex, job.count) == (1, 3, 0, 4))
      #expect(job.missing == [0, 1, 2, 3])
      #expect(job.missing.map { job.seed(of: $0) } == [UInt64(Int64.max) - 1, UInt64(Int64.max), 0, 1])
      #expect(job.subject == .emotion(EmotionSpec(.awe), prompt: ""))
      #expect(job.settings == farm.model.defaults)
      #expect(job.model.name == "tiny" && job.model.digest == farm.model.digest && job.model.folder == "/models/tiny")
      let status = try await farm.batches.status(id)
      #expect(status.state == .running && status.started != nil && status.jobs.running == 1)
      #expect(try await farm.breaches() == [])
    }
  }

  @Test func concurrentClaimersGetDisjointJobs() async throws {
    try await FarmFixture.with { farm in
      try await farm.enqueue(count: 100, chunk: 2)
      let handles = try await withThrowingTaskGroup(of: [JobHandle].self) { group in
        for worker in 0..<10 {
          group.addTask {
            var mine: [JobHandle] = []
            let key = try await farm.register()
            while let job = try await farm.claim(key, limit: 1 + worker % 3).nonEmpty {
              mine += job.map(\.handle)
            }
            return mine
          }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      #expect(handles.count == 100)
      #expect(Set(handles.map(\.job)).count == 100)
      #expect(handles.allSatisfy { $0.token == 1 })
      #expect(try await farm.breaches() == [])
    }
  }

  @Test func aClaimRespectsItsLimit() async throws {
    try await FarmFixture.with { farm in
      try await farm.enqueue(count: 6, chunk: 4)
      try await farm.enqueue(count: 6, chunk: 4)
      #expect(try await farm.claim(limit: 3).count == 3)
      #expect(try await farm.claim(limit: 100).count == 5)
      #expect(try await farm.claim(limit: 100).isEmpty)
    }
  }

  @Test func higherPrioritiesGoFirstAndEqualOnesShareTheWorkers() async throws {
    try await FarmFixture.with { farm in
      let old = try await farm.enqueue(count: 8, chunk: 4)
      let new = try await farm.enqueue(count: 8, chunk: 4)
      let urgent = try await farm.enqueue(count: 4, chunk: 4, priority: 5, emotions: [.awe])
      var order: [Int64] = []
      for _ in 0..<4 { order.append(try await farm.claimOne().handle.batch) }
      #expect(order == [urgent, old, new, old])
      try await farm.batches.setPriority(new, 1)
      #expect(try await farm.claimOne().handle.batch == new)
      await #expect { try await farm.batches.setPriority(new, 101) } throws: { "\($0)".contains("from -100 to 100") }
    }
  }

  @Test func aWorkerThatServesOtherModelsClaimsNothing() async throws {
    try await FarmFixture.with { farm in
      try await farm.enqueue()
      #expect(
        try await farm.jobs.claim(worker: farm.worker, lease: FarmFixture.lease, models: ["other"]).isEmpty)
      #expect(
        try await farm.jobs.claim(worker: farm.worker, lease: FarmFixture.lease, models: ["other", "tiny"]).count == 1)
    }
  }

  @Test func aWorkerLeavesUnsupportedPrecisionsToOthers() async throws {
    try await FarmFixture.with { farm in
      var bf16 = SettingsOverride()
      bf16.precision = .bf16
      let spec = BatchSpec(
        name: "bf16", seed: 1, chunk: 4,
        cells: [
          CellSpec(emotions: [EmotionSpec(.awe)], count: 4),
          CellSpec(emotions: [EmotionSpec(.fear)], count: 4, settings: bf16),
        ])
      let batch = try await farm.enqueue(spec).id
      #expect(try await farm.claim().isEmpty)
      #expect(try await farm.jobs.next(for: farm.worker).at == nil)
      #expect(try await farm.batches.status(batch).precisionsMissing == ["bf16"])
      let other = try await farm.database.workers.register(
        host: "other", pid: 2, engine: "other", version: "0", threads: 1, precisions: [.fp32, .bf16])
      #expect(try await farm.batches.status(batch).precisionsMissing.isEmpty)
      #expect(try await farm.jobs.next(for: other).at != nil)
      #expect(try await farm.claim(other, limit: 2).count == 2)
    }
  }

  @Test func aDelayedJobIsNotClaimed() async throws {
    try await FarmFixture.with { farm in
      try await farm.enqueue(count: 4, emotions: [.awe])
      let job = try await farm.claimOne()
      _ = try await farm.jobs.fail(job.handle, error: "out of memory", permanent: false)
      #expect(try await farm.claim().isEmpty)
      #expect(try await farm.jobs.next(for: farm.worker).at != nil)
      try await farm.endRests()
      #expect(try await farm.claimOne().attempt == 2)
    }
  }

  /// A restored database knows the worker's number as another worker's.
  @Test func aWorkerWithoutARegistrationClaimsNothing() async throws {
    try await FarmFixture.with { farm in
      try await farm.enqueue()
      let held = try await farm.claimOne()
      let stranger = WorkerKey(id: farm.worker.id, registration: farm.worker.registration ^ 1)
      #expect(try await farm.claim(stranger).isEmpty)
      #expect(try await farm.jobs.held(worker: stranger).isEmpty)
      #expect(try await farm.database.workers.heartbeat(stranger, draining: true) == nil)
      try await farm.database.workers.leave(stranger)
      #expect(try await farm.database.workers.list().map(\.state) == [.active])
      #expect(try await farm.jobs.held(worker: farm.worker).map(\.handle) == [held.handle])
    }
  }

  @Test func aClaimWhoseAnswerWasLostIsRecovered() async throws {
    try await FarmFixture.with { farm in
      try await farm.enqueue()
      let known = try await farm.claimOne()
      let lost = try await farm.claimOne()
      let held = try await farm.jobs.held(worker: farm.worker, except: [known.handle.job])
      #expect(held.map(\.handle) == [lost.handle])
      #expect(held.first?.images?.missing == lost.missing)
      #expect(try await farm.jobs.held(worker: farm.register()).isEmpty)
    }
  }
}

extension Array {
  var nonEmpty: Self? { isEmpty ? nil : self }
}
