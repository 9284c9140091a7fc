import Farm
import Files
import Postgres
import Testing
import Vocabulary

@Suite struct FencingTests {
  /// The state that a stale token must not change.
  private static let everything: SQL = """
    SELECT coalesce(string_agg(line, E'\n' ORDER BY line), '') AS text FROM (
      SELECT jobs::text AS line FROM jobs UNION ALL SELECT images::text FROM images
      UNION ALL SELECT attempts::text FROM attempts UNION ALL SELECT batches::text FROM batches
      UNION ALL SELECT cells::text FROM cells UNION ALL SELECT events::text FROM events
    ) lines
    """

  @Test(arguments: ["heartbeat", "publish", "complete", "release", "fail", "fail for good"])
  func aStaleTokenChangesNothing(_ operation: String) async throws {
    try await FarmFixture.with { farm in
      try await farm.enqueue(count: 4, emotions: [.awe])
      let stale = try await farm.claimOne()
      try await farm.publish(stale, [0])
      try await farm.expireLeases()
      #expect(try await farm.jobs.sweep().expired.map(\.handle) == [stale.handle])
      // The first attempt comes while no worker holds the job, the second while another worker holds it.
      for _ in 0..<2 {
        let before = try await farm.run(Self.everything).only().string("text")
        #expect(try await Self.perform(operation, farm, stale))
        #expect(try await farm.run(Self.everything).only().string("text") == before)
        try await farm.endRests()
        if let taken = try await farm.claim(farm.register()).first {
          #expect(taken.handle.token == stale.handle.token + 1)
        }
      }
      #expect(try await farm.breaches() == [])
    }
  }

  /// Performs the operation and returns whether it was refused as stale.
  private static func perform(_ operation: String, _ farm: FarmFixture, _ job: ClaimedJob) async throws -> Bool {
    switch operation {
    case "heartbeat":
      try await farm.jobs.heartbeat(
        job.handle, lease: FarmFixture.lease, progress: JobProgress(index: 1, step: 2, steps: 20)) == .stale
    case "publish":
      try await farm.publish(job, [1]) == [.stale]
    case "complete":
      try await farm.jobs.complete(job.handle) == .stale
    case "release":
      try await farm.jobs.release(job.handle, .drained) == .stale
    case "fail":
      try await farm.jobs.fail(job.handle, error: "late", permanent: false) == .stale
    default:
      try await farm.jobs.fail(job.handle, error: "late", permanent: true) == .stale
    }
  }

  /// A database that was restored from a backup issues the same job and token again, to another worker.
  @Test(arguments: ["heartbeat", "publish", "complete", "release", "fail", "fail for good"])
  func aTokenThatWasIssuedAgainChangesNothing(_ operation: String) async throws {
    try await FarmFixture.with { farm in
      try await farm.enqueue(count: 4, emotions: [.awe])
      let sleeper = try await farm.claimOne()
      // As in a backup that was taken before the claim.
      try await farm.run("DELETE FROM attempts")
      try await farm.run(
        "UPDATE jobs SET state = 'ready', token = 0, claim = 0, attempt = 0, worker_id = NULL, lease_expires_at = NULL")
      for _ in 0..<2 {
        let before = try await farm.run(Self.everything).only().string("text")
        #expect(try await Self.perform(operation, farm, sleeper))
        #expect(try await farm.run(Self.everything).only().string("text") == before)
        if let heir = try await farm.claim(farm.register()).first {
          #expect(heir.handle.token == sleeper.handle.token && heir.handle != sleeper.handle)
          try await farm.publish(heir, [0, 1, 2])
        }
      }
      // Not even an image with the same bytes counts as the sleeper's.
      #expect(try await farm.publish(sleeper, [0]) == [.stale])
      #expect(try await farm.breaches() == [])
    }
  }

  @Test(arguments: ["seed", "specification", "model", "classifiers", "measurement"])
  func anImageThatItsBatchDoesNotAskForIsRefused(_ difference: String) async throws {
    try await FarmFixture.with { farm in
      try await farm.enqueue(count: 4, emotions: [.awe], measures: true)
      let job = try await farm.claimOne()
      let right = FarmFixture.image(job, 1)
      let measured = try #require(right.measurement)
      let other = ImageMeasurement(
        classifiers: String(repeating: "d", count: 64), emotions: measured.emotions, content: measured.content,
        embedding: measured.embedding, hash: measured.hash)
      let wrong = NewImage(
        index: 1, seed: right.seed + (difference == "seed" ? 1 : 0),
        specSHA256: difference == "specification" ? [UInt8](repeating: 0, count: 32) : right.specSHA256,
        modelDigest: difference == "model" ? String(repeating: "b", count: 64) : right.modelDigest,
        sha256: right.sha256, rgbSHA256: right.rgbSHA256, bytes: right.bytes, actualSteps: right.actualSteps,
        engine: right.engine, seconds: 1,
        measurement: difference == "measurement" ? nil : difference == "classifiers" ? other : measured)
      let before = try await farm.run(Self.everything).only().string("text")
      let error = await #expect(throws: FarmError.self) {
        try await farm.jobs.publish(job.handle, wrong, lease: FarmFixture.lease)
      }
      #expect(error?.code == .artifactUntrue)
      #expect(try await farm.run(Self.everything).only().string("text") == before)
      #expect(try await farm.jobs.publish(job.handle, right, lease: FarmFixture.lease) == .published)
    }
  }

  @Test func anIndexOutsideTheJobIsNotPublished() async throws {
    try await FarmFixture.with { farm in
      try await farm.enqueue(count: 6, chunk: 4)
      let job = try await farm.claimOne()
      #expect(try await farm.publish(job, [4]) == [.stale])
      #expect(try await farm.count("images") == 0)
    }
  }

  @Test func anIndexKeepsItsFirstImage() async throws {
    try await FarmFixture.with { farm in
      let id = try await farm.enqueue(count: 4, emotions: [.awe])
      let job = try await farm.claimOne()
      let first = FarmFixture.image(job, 0)
      let other = FarmFixture.image(job, 0, file: String(repeating: "e", count: 64))
      #expect(try await farm.jobs.publish(job.handle, first, lease: FarmFixture.lease) == .published)
      #expect(try await farm.jobs.publish(job.handle, other, lease: FarmFixture.lease) == .alreadyPublished)
      #expect(try await farm.database.images.page(id).map(\.sha256) == [first.sha256])
      #expect(try await farm.batches.status(id).imagesDone == 1)
    }
  }

  @Test func publishingTwiceAtOnceCountsOnce() async throws {
    try await FarmFixture.with { farm in
      let id = try await farm.enqueue(count: 4, emotions: [.awe])
      let job = try await farm.claimOne()
      let answers = try await withThrowingTaskGroup(of: [PublishAnswer].self) { group in
        for _ in 0..<8 { group.addTask { try await farm.publish(job) } }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      #expect(answers.filter { $0 == .published }.count == 4)
      #expect(!answers.contains(.stale))
      #expect(try await farm.batches.status(id).imagesDone == 4)
      #expect(try await farm.breaches() == [])
    }
  }

  @Test func repeatingACallAfterALostAnswerReturnsTheSameResult() async throws {
    try await FarmFixture.with { farm in
      try await farm.enqueue(count: 4)
      let done = try await farm.claimOne()
      let first = try await farm.finish(done)
      #expect(first == .settled(job: .done, batch: .running))
      #expect(try await farm.publish(done, [0]) == [.alreadyPublished])
      #expect(try await farm.jobs.complete(done.handle) == first)
      #expect(try await farm.jobs.fail(done.handle, error: "no", permanent: true) == .stale)

      let released = try await farm.claimOne()
      let second = try await farm.jobs.release(released.handle, .drained)
      #expect(second == .settled(job: .ready, batch: .running))
      #expect(try await farm.jobs.release(released.handle, .drained) == second)
      #expect(try await farm.jobs.complete(released.handle) == .stale)

      let failed = try await farm.claimOne()
      let third = try await farm.jobs.fail(failed.handle, error: "bad", permanent: true)
      #expect(third == .settled(job: .failed, batch: .failed))
      #expect(try await farm.jobs.fail(failed.handle, error: "bad", permanent: true) == third)
      #expect(try await farm.count("events WHERE kind = 'job.quarantined'") == 1)
      #expect(try await farm.breaches() == [])
    }
  }

  @Test func anIncompleteJobIsNotCompleted() async throws {
    try await FarmFixture.with { farm in
      try await farm.enqueue(count: 4, emotions: [.awe])
      let job = try await farm.claimOne()
      try await farm.publish(job, [0, 2])
      #expect(try await farm.jobs.complete(job.handle) == .incomplete(missing: [1, 3]))
      #expect(try await farm.breaches() == [])
    }
  }
}
