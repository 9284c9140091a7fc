import Farm
import Files
import Postgres
import Testing
import Vocabulary

@Suite struct RetentionTests {
  private static let limits = RetentionLimits(eventDays: 90, attemptDays: 90, workerDays: 30)

  /// A finished batch with a quarantined job, whose worker has left, 100 days ago; and a young batch.
  private static func old(_ farm: FarmFixture) async throws -> FarmFixture {
    try await farm.enqueue(count: 12, chunk: 4, attempts: 2, emotions: [.awe])
    let failing = try await farm.claimOne()
    _ = try await farm.jobs.fail(failing.handle, error: "broken", permanent: true)
    let released = try await farm.claimOne()
    _ = try await farm.jobs.release(released.handle, .drained)
    try await farm.finishAll()
    try await farm.database.workers.leave(farm.worker)
    for (table, columns) in [
      ("events", ["at"]), ("batches", ["created_at", "started_at", "finished_at"]),
      ("attempts", ["started_at", "ended_at"]), ("images", ["created_at"]), ("workers", ["ended_at"]),
    ] {
      for column in columns {
        try await farm.run(
          "UPDATE \(identifier: table) SET \(identifier: column) = \(identifier: column) - interval '100 days'")
      }
    }
    let young = FarmFixture(database: farm.database, model: farm.model, worker: try await farm.register())
    try await young.enqueue(count: 4, emotions: [.fear])
    try await young.finishAll()
    return young
  }

  @Test(arguments: [1, 2, 1000]) func whatIsOldGoesAndTheAuditStaysClean(_ step: Int) async throws {
    try await FarmFixture.with { farm in
      let farm = try await Self.old(farm)
      #expect(try await farm.breaches() == [])
      let retention = Retention(database: farm.database, limits: Self.limits, step: step)
      let before = try await farm.run("SELECT count(*) AS n FROM events").only().int("n")
      let counted = try await retention.run(dryRun: true)
      #expect(try await farm.run("SELECT count(*) AS n FROM events").only().int("n") == before)
      let removed = try await retention.run()
      #expect(removed == counted)
      // Two attempts with images and the released one; the quarantined job keeps its own with the error.
      #expect(removed.attempts == 3 && removed.workers == 1 && removed.events >= 3)
      #expect(try await farm.batches.stopped(1).first?.errors == ["attempt 1 on worker 1: broken"])
      #expect(try await farm.breaches() == [])
      #expect(try await retention.run() == RetentionReport())
      #expect(try await farm.database.events.recent().last?.kind == "retention")

      // The old batch goes on as any other.
      #expect(try await farm.batches.retry(1) == 1)
      try await farm.finishAll()
      #expect(try await farm.batches.status(1).state == .done)
      #expect(try await farm.breaches() == [])
    }
  }

  @Test func theAuditStillFindsWhatRetentionDoesNotExplain() async throws {
    try await FarmFixture.with { farm in
      let farm = try await Self.old(farm)
      _ = try await Retention(database: farm.database, limits: Self.limits).run()
      try await farm.run("DELETE FROM attempts WHERE batch_id = 2")
      try await farm.run("DELETE FROM workers")
      #expect(try await farm.breaches() == ["1 token.unaccounted", "2 image.unclaimed", "9 image.engine"])
    }
  }

  @Test func zeroDaysKeepEverything() async throws {
    try await FarmFixture.with { farm in
      let farm = try await Self.old(farm)
      let limits = RetentionLimits(eventDays: 0, attemptDays: 0, workerDays: 0)
      #expect(try await Retention(database: farm.database, limits: limits).run() == RetentionReport())
    }
  }
}
