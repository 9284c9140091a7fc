import Farm
import Imaging
import Postgres
import Specifications
import TestSupport
import Testing
import Vocabulary

extension SplitMix: RandomNumberGenerator {}

/// Near-duplicates of a batch are found when all its slots are settled.
@Suite struct NearDuplicateTests {
  /// The index finds what a comparison of each with each finds.
  @Test(arguments: [1.0, 0.98, 0.95, 0.9, 0.85]) func theIndexFindsWhatAllPairsFind(least: Double) {
    var generator = SplitMix(state: 7)
    let centres = (0..<40).map { _ in generator.next() }
    let hashes = (0..<600).map { _ in
      let flips = Int.random(in: 0...14, using: &generator)
      let centre = centres.randomElement(using: &generator) ?? 0
      return PerceptualHash(
        bits: (0..<flips).reduce(centre) { bits, _ in bits ^ 1 << UInt64.random(in: 0..<64, using: &generator) })
    }
    var (kept, expected): ([PerceptualHash], [Int]) = ([], [])
    for (position, hash) in hashes.enumerated() {
      if kept.contains(where: { Double(64 - $0.distance(to: hash)) / 64 >= least - 1e-9 }) {
        expected.append(position)
      } else {
        kept.append(hash)
      }
    }
    let found = PerceptualHash.repeats(among: hashes, least: least)
    #expect(found.map(\.position) == expected && !expected.isEmpty)
    #expect(found.allSatisfy { $0.likeness >= least - 1e-9 && $0.likeness <= 1 })
  }

  // Hashes that are far from each other.
  private static let (a, b, c, d, e): (UInt64, UInt64, UInt64, UInt64, UInt64) = (
    0x0123_4567_89AB_CDEF, 0xFFFF_0000_FFFF_0000, 0x0F0F_0F0F_0F0F_0F0F, 0xAAAA_5555_AAAA_5555, 0x8000_0000_0000_0001
  )
  /// By index and try.
  private static let hashes: [[UInt64]] = [
    [a], [b], [a ^ 5, e], [c], [c ^ 1 << 60, a ^ 1 << 17], [d],
  ]

  private static func enqueue(_ farm: FarmFixture, _ shortage: Acceptance.Shortage) async throws -> Int64 {
    let spec = BatchSpec(
      name: "test", seed: 100, chunk: 2, measure: FarmFixture.classifiers,
      acceptance: Acceptance(noDuplicate: 0.95, tries: 2, onShortage: shortage),
      cells: [CellSpec(emotions: [EmotionSpec(.awe)], count: 6)])
    return try await farm.enqueue(spec).id
  }

  private static func publish(_ farm: FarmFixture, _ job: ClaimedJob) async throws {
    for index in job.missing {
      let plain = FarmFixture.image(job, index)
      let measured = try #require(plain.measurement)
      let image = NewImage(
        index: index, seed: plain.seed, specSHA256: plain.specSHA256, modelDigest: plain.modelDigest,
        sha256: plain.sha256, rgbSHA256: plain.rgbSHA256, bytes: plain.bytes, actualSteps: plain.actualSteps,
        engine: plain.engine, seconds: 1,
        measurement: ImageMeasurement(
          classifiers: measured.classifiers, emotions: measured.emotions, content: nil, embedding: [1],
          hash: PerceptualHash(bits: hashes[index][job.trial(of: index)])), trial: job.trial(of: index))
      #expect(try await farm.jobs.publish(job.handle, image, lease: FarmFixture.lease) == .published)
    }
  }

  @Test func duplicatesAreTriedAgainUntilNoneIsLeft() async throws {
    try await FarmFixture.with { farm in
      let id = try await Self.enqueue(farm, .partial)
      for number in 0..<3 {
        let job = try await farm.claimOne()
        try await Self.publish(farm, job)
        let settled = try await farm.jobs.complete(job.handle)
        // The end of the last job opens others instead of ending the batch.
        #expect(settled == .settled(job: .done, batch: .running), "\(number)")
      }
      var status = try await farm.batches.status(id)
      #expect(status.state == .running && status.imagesDone == 4 && status.jobs.ready == 2 && status.jobs.done == 1)
      #expect(try await farm.database.images.page(id).map(\.index) == [0, 1, 3, 5])
      #expect(try await farm.breaches() == [])
      #expect(try await farm.database.events.recent(batch: id).contains { $0.kind == "batch.duplicates" })

      let third = try await farm.claimOne()
      #expect(third.missing == [2] && third.seed(of: 2) == 108)
      try await Self.publish(farm, third)
      _ = try await farm.jobs.complete(third.handle)
      let last = try await farm.claimOne()
      #expect(last.missing == [4])
      try await Self.publish(farm, last)
      // Its second try resembles image 0, and it has no third.
      #expect(try await farm.jobs.complete(last.handle) == .settled(job: .done, batch: .done))
      status = try await farm.batches.status(id)
      #expect(status.state == .done && status.imagesDone == 5 && status.jobs.done == 3)
      let rows = try await farm.database.images.page(id)
      #expect(rows.map(\.index) == [0, 1, 2, 3, 5] && rows.map(\.trial) == [0, 0, 1, 0, 0])
      #expect(
        try await farm.batches.rejects(id) == RejectCounts(byCriterion: [.noDuplicate: 3], exhausted: 1))
      #expect(try await farm.count("measurements") == 5)
      #expect(try await farm.breaches() == [])
    }
  }

  @Test func aBatchThatMayNotEndShortFailsAndNamesTheIndex() async throws {
    try await FarmFixture.with { farm in
      let id = try await Self.enqueue(farm, .fail)
      while let job = try await farm.claim().first, !job.missing.isEmpty {
        try await Self.publish(farm, job)
        _ = try await farm.jobs.complete(job.handle)
      }
      // The loop ended with the claim of the exhausted slot.
      let running = try await farm.batches.running(id)
      #expect(running.map(\.firstIndex) == [4] && running.map(\.imagesDone) == [1])
      #expect(try await farm.batches.status(id).imagesDone == 5)
      #expect(try await farm.breaches() == [])
    }
  }

  /// The last completions did not see each other: a sweep ends the batch, and looks for duplicates first.
  @Test func aSweepThatEndsTheBatchLooksForThemToo() async throws {
    try await FarmFixture.with { farm in
      let id = try await Self.enqueue(farm, .partial)
      let jobs = try await farm.claim(limit: 3)
      #expect(jobs.count == 3)
      for job in jobs { try await Self.publish(farm, job) }
      _ = try await farm.jobs.complete(jobs[0].handle)
      for job in jobs.dropFirst() {
        try await farm.run(
          """
          WITH job AS (
            UPDATE jobs SET state = 'done', worker_id = NULL, lease_expires_at = NULL, images_counted = images_done
            WHERE id = \(job.handle.job)
          ), history AS (
            UPDATE attempts SET ended_at = now(), outcome = 'completed', images = 2 WHERE job_id = \(job.handle.job)
          )
          INSERT INTO tallies (batch_id, cell, jobs_done, images) VALUES (\(id), 0, 1, 2)
          """)
      }
      #expect(try await farm.breaches() == [])
      _ = try await farm.jobs.sweep()
      let status = try await farm.batches.status(id)
      #expect(status.state == .running && status.imagesDone == 4 && status.jobs.ready == 2)
      #expect(try await farm.breaches() == [])
    }
  }

  /// A batch that is paused stays so.
  @Test func aPausedBatchKeepsItsJobsForLater() async throws {
    try await FarmFixture.with { farm in
      let id = try await Self.enqueue(farm, .partial)
      for number in 0..<3 {
        let job = try await farm.claimOne()
        try await Self.publish(farm, job)
        if number == 2 { try await farm.batches.pause(id) }
        _ = try await farm.jobs.complete(job.handle)
      }
      let status = try await farm.batches.status(id)
      #expect(status.state == .paused && status.jobs.ready == 2)
      try await farm.batches.resume(id)
      #expect(try await farm.claimOne().missing == [2])
      #expect(try await farm.breaches() == [])
    }
  }
}
