import Farm
import Testing

/// After any sequence of operations, counters equal rows, nothing is lost, and the batch can be finished.
@Suite struct CounterPropertyTests {
  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func countersEqualRowsAfterAnySequence(_ seed: UInt64) async throws {
    try await FarmFixture.with { farm in
      var random = SplitMix(state: seed)
      let batches = [
        try await farm.enqueue(count: 9, chunk: 4, attempts: 2), try await farm.enqueue(count: 5, chunk: 2),
      ]
      var held: [ClaimedJob] = []
      for step in 0..<160 {
        let batch = batches[Int(random.next() % 2)]
        let position = held.isEmpty ? nil : Int(random.next() % UInt64(held.count))
        switch (random.next() % 17, position) {
        case (0...3, _): held += try await farm.claim(limit: 2)
        case (4...7, let position?):
          let job = held[position]
          let index = job.firstIndex + Int(random.next() % UInt64(job.count))
          try await farm.publish(job, [index])
        case (8, let position?): try await farm.finish(held.remove(at: position))
        case (9, let position?): _ = try await farm.jobs.release(held.remove(at: position).handle, .drained)
        case (10, let position?):
          _ = try await farm.jobs.fail(held.remove(at: position).handle, error: "step \(step)", permanent: false)
        // The holder of this job continues as a ghost with a stale token.
        case (11, _):
          try await farm.expireLeases()
          _ = try await farm.jobs.sweep()
        case (12, _): _ = try? await farm.batches.pause(batch)
        case (13, _): _ = try? await farm.batches.resume(batch)
        case (14, _) where random.next() % 3 == 0: _ = try? await farm.batches.cancel(batch)
        case (15, _): _ = try? await farm.batches.retry(batch)
        // Every file is missing, so every image of a job that may be repaired is taken back.
        case (16, _) where random.next() % 3 == 0:
          _ = try? await FarmRepair(database: farm.database, store: ArtifactStore(home: "/nowhere")).run(batch: batch)
        default: try await farm.endRests()
        }
        if step % 10 == 9 { #expect(try await farm.breaches() == [], "seed \(seed), step \(step)") }
      }
      try await finish(farm, batches)
    }
  }

  /// Finishes all work, including that of ghosts.
  private func finish(_ farm: FarmFixture, _ batches: [Int64]) async throws {
    try await farm.expireLeases()
    _ = try await farm.jobs.sweep()
    // A cancelled batch that was opened by a repair is cancelled again before its cancelled jobs can be retried.
    for _ in 0..<2 {
      for batch in batches {
        _ = try? await farm.batches.resume(batch)
        try await farm.batches.retry(batch)
        try await farm.endRests()
      }
      try await farm.finishAll()
    }
    for (batch, images) in zip(batches, [18, 10]) {
      let status = try await farm.batches.status(batch)
      #expect(status.state == .done && status.imagesDone == images)
      #expect(try await farm.database.images.page(batch).map(\.index) == Array(0..<images))
    }
    #expect(try await farm.breaches() == [])
  }
}
