import Farm
import Postgres
import Specifications
import TestSupport
import Testing
import Vocabulary

/// Batches that not every worker can do.
@Suite struct LabelTests {
  private static func worker(_ labels: [String], _ farm: FarmFixture) async throws -> WorkerKey {
    try await farm.database.workers.register(
      host: labels.joined(), pid: 1, engine: FarmFixture.engine, version: "0", threads: 1, labels: labels)
  }

  private static func enqueue(_ require: [String], _ farm: FarmFixture, priority: Int = 0) async throws -> Int64 {
    let spec = BatchSpec(
      name: "labelled", priority: priority, chunk: 4, require: require,
      cells: [CellSpec(emotions: [EmotionSpec(.awe)], count: 8)])
    return try await farm.enqueue(spec).id
  }

  @Test func onlyAWorkerWithEveryLabelTakesABatch() async throws {
    try await FarmFixture.with { farm in
      let large = try await Self.enqueue(["gpu", "large"], farm, priority: 9)
      let plain = try await Self.enqueue([], farm)
      let (gpu, both) = (try await Self.worker(["gpu"], farm), try await Self.worker(["fast", "gpu", "large"], farm))
      for worker in [farm.worker, gpu] {
        #expect(try await farm.claimOne(worker).handle.batch == plain)
      }
      for worker in [farm.worker, gpu] {
        #expect(try await farm.claim(worker).isEmpty)
        // They are not kept awake by jobs that they cannot do.
        #expect(try await farm.jobs.next(for: worker).at == nil)
      }
      #expect(try await farm.jobs.next(for: both).at != nil)
      #expect(try await farm.claimOne(both).handle.batch == large)
      #expect(try await farm.jobs.leases(except: gpu).map(\.handle.batch) == [plain])
      #expect(try await farm.jobs.leases(except: both).map(\.handle.batch) == [plain, plain])
      #expect(try await farm.breaches() == [])
    }
  }

  @Test func aBatchThatNoLivingWorkerCanTakeIsSaid() async throws {
    try await FarmFixture.with { farm in
      let workers = farm.database.workers
      let batch = try await Self.enqueue(["gpu", "large"], farm)
      let gpu = try await Self.worker(["gpu"], farm)
      var status = try await farm.batches.status(batch)
      #expect(status.labels == ["gpu", "large"] && status.labelsMissing == ["large"] && status.ableWorkers == 0)
      #expect(try await !workers.areAnyLive(for: batch))
      // A worker that is busy with other work does not serve it either.
      try await farm.enqueue(count: 4)
      _ = try await farm.claimOne(gpu)
      #expect(try await !workers.areAnyLive(for: batch))
      #expect(try await farm.breaches() == [])
      try await farm.run("UPDATE batches SET created_at = now() - interval '1 minute'")
      #expect(try await farm.breaches() == ["11 batch.unserved"])

      let able = try await Self.worker(["gpu", "large"], farm)
      #expect(try await workers.areAnyLive(for: batch))
      #expect(try await farm.breaches() == [])
      _ = try await workers.direct(.pause, .workers([able.id]))
      status = try await farm.batches.status(batch)
      #expect(status.labelsMissing.isEmpty && status.ableWorkers == 0)
      #expect(try await !workers.areAnyLive(for: batch))
      _ = try await workers.direct(.resume, .workers([able.id]))
      #expect(try await farm.batches.status(batch).ableWorkers == 1)
      let shown = try await workers.list()
      #expect(shown.map(\.labels) == [["gpu", "large"], ["gpu"], []])
    }
  }

  @Test func aTrainingRequiresLabelsToo() async throws {
    try await FarmFixture.with { farm in
      let text = """
        {name: t, require: gpu, training: {stage: encoder, out: o}}
        """
      let spec = try BatchSpec(parsing: text, named: "t")
      let batch = try await farm.batches.enqueueTraining(spec, user: "anna").id
      let status = try await farm.batches.status(batch)
      #expect(status.labels == ["gpu"] && status.user == "anna")
      #expect(try await farm.jobs.claim(worker: farm.worker, lease: FarmFixture.lease).isEmpty)
      let gpu = try await Self.worker(["gpu"], farm)
      #expect(try await farm.jobs.claim(worker: gpu, lease: FarmFixture.lease).count == 1)
    }
  }
}
