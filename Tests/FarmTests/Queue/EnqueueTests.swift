import Farm
import Postgres
import Specifications
import Testing
import Vocabulary

@Suite struct EnqueueTests {
  @Test func cellsAndJobsTileTheBatch() async throws {
    try await FarmFixture.with { farm in
      let id = try await farm.enqueue(count: 6, chunk: 4)
      let status = try await farm.batches.status(id)
      #expect(status.state == .queued)
      #expect((status.images, status.imagesDone, status.jobs.total, status.jobs.ready) == (12, 0, 4, 4))
      // The first chunk of every cell comes first, so that cells fill evenly.
      let rows = try await farm.run("SELECT first_index, count FROM jobs ORDER BY id")
      #expect(try rows.map { try $0.int("first_index") } == [0, 6, 4, 10])
      #expect(try rows.map { try $0.int("count") } == [4, 4, 2, 2])
      #expect(try await farm.breaches() == [])
    }
  }

  @Test func theSameKeyAndSpecificationReturnTheSameBatch() async throws {
    try await FarmFixture.with { farm in
      let spec = BatchSpec(name: "n", key: "k", cells: [CellSpec(emotions: [EmotionSpec(.awe)], count: 3)])
      let first = try await farm.enqueue(spec)
      var urgent = spec
      urgent.priority = 9
      let second = try await farm.enqueue(urgent)
      #expect(first.created && !second.created)
      #expect(first.id == second.id && second.images == 3)
      #expect(try await farm.count("batches") == 1)
      #expect(try await farm.batches.spec(first.id) == spec)
    }
  }

  @Test func manyClientsWithOneKeyCreateOneBatch() async throws {
    try await FarmFixture.with { farm in
      let spec = BatchSpec(name: "n", key: "k", cells: [CellSpec(emotions: [EmotionSpec(.awe)], count: 100)])
      let results = try await withThrowingTaskGroup(of: Enqueued.self) { group in
        for _ in 0..<8 { group.addTask { try await farm.enqueue(spec) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(results.filter(\.created).count == 1)
      #expect(Set(results.map(\.id)).count == 1)
      #expect(try await farm.count("jobs") == 13)
    }
  }

  @Test func theSameKeyWithAnotherSpecificationIsRefused() async throws {
    try await FarmFixture.with { farm in
      try await farm.enqueue(count: 6, key: "k")
      await #expect {
        try await farm.enqueue(count: 7, key: "k", seed: 5)
      } throws: { error in
        "\(error)".contains("with another specification, which differs in: seed, cells")
      }
      #expect(try await farm.count("batches") == 1)
    }
  }

  @Test func aMillionImagesAreEnqueuedAsRanges() async throws {
    try await FarmFixture.with { farm in
      let spec = BatchSpec(
        name: "large", cells: [CellSpec(emotions: Emotion.allCases.map { EmotionSpec($0) }, count: 125_000)])
      let enqueued = try await farm.enqueue(spec)
      #expect((enqueued.images, enqueued.jobs) == (1_000_000, 125_000))
      let status = try await farm.batches.status(enqueued.id)
      #expect(status.jobs.ready == 125_000)
      let job = try await farm.claimOne()
      #expect(job.missing == Array(0..<8))
      #expect(try await farm.breaches() == [])
      // Jobs that are cancelled at once are cancelled as a set, too.
      try await farm.batches.cancel(enqueued.id)
      _ = try await farm.jobs.release(job.handle, .cancelled)
      #expect(try await farm.batches.status(enqueued.id).state == .cancelled)
      try await farm.batches.delete(enqueued.id)
      #expect(try await farm.count("jobs") == 0)
    }
  }

  @Test func batchesAreFoundByIdAndKey() async throws {
    try await FarmFixture.with { farm in
      let id = try await farm.enqueue(key: "dataset")
      #expect(try await farm.batches.find("dataset") == id)
      #expect(try await farm.batches.find("\(id)") == id)
      await #expect { try await farm.batches.find("nothing") } throws: { "\($0)".contains("there is no batch nothing") }
      await #expect { try await farm.batches.status(99) } throws: { "\($0)".contains("there is no batch 99") }
      #expect(try await farm.batches.list().map(\.id) == [id])
      #expect(try await farm.batches.list(states: [.done]) == [])
    }
  }
}
