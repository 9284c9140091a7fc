import Farm
import Files
import Foundation
import Postgres
import Specifications
import TestSupport
import Testing
import Vocabulary

/// Images that their batch does not accept, and the tries that follow them.
@Suite struct AcceptanceTests {
  /// Enqueues four images of awe in one job, with seeds from 100.
  private static func enqueue(
    _ farm: FarmFixture, tries: Int = 3, _ shortage: Acceptance.Shortage = .partial
  ) async throws -> Int64 {
    let spec = BatchSpec(
      name: "test", seed: 100, chunk: 8, measure: FarmFixture.classifiers,
      acceptance: Acceptance(emotionProbability: 0.5, tries: tries, onShortage: shortage),
      cells: [CellSpec(emotions: [EmotionSpec(.awe)], count: 4)])
    return try await farm.enqueue(spec).id
  }

  private static let rejection = Rejection(criterion: .emotionProbability, value: 0.25)

  private static func reject(_ farm: FarmFixture, _ job: ClaimedJob, _ index: Int) async throws -> PublishAnswer {
    try await farm.jobs.reject(
      job.handle, FarmFixture.image(job, index), rejection, lease: FarmFixture.lease)
  }

  @Test func aSlotTakesTheSeedsOfItsSequenceInTurn() async throws {
    try await FarmFixture.with { farm in
      let id = try await Self.enqueue(farm)
      let first = try await farm.claimOne()
      #expect(first.missing == [0, 1, 2, 3] && first.missing.map(first.seed(of:)) == [100, 101, 102, 103])
      #expect(try await farm.publish(first, [0, 1]) == [.published, .published])
      for index in [2, 3] { #expect(try await Self.reject(farm, first, index) == .published) }
      #expect(try await farm.breaches() == [])
      #expect(
        try await farm.jobs.complete(first.handle) == .incomplete(missing: [2, 3]))
      #expect(try await farm.jobs.release(first.handle, .toppedUp) == .settled(job: .ready, batch: .running))

      let second = try await farm.claimOne()
      // The seeds that follow those of the whole batch; the claim cost no attempt.
      #expect(second.missing == [2, 3] && second.missing.map(second.seed(of:)) == [106, 107] && second.attempt == 1)
      #expect(try await farm.publish(second, [2]) == [.published])
      #expect(try await Self.reject(farm, second, 3) == .published)
      _ = try await farm.jobs.release(second.handle, .toppedUp)
      let third = try await farm.claimOne()
      #expect(third.missing == [3] && third.seed(of: 3) == 111)
      #expect(try await Self.reject(farm, third, 3) == .published)
      // No try is left, and the batch may end without the image.
      #expect(try await farm.jobs.complete(third.handle) == .settled(job: .done, batch: .done))
      let status = try await farm.batches.status(id)
      #expect(status.imagesDone == 3 && status.images == 4 && status.isComplete)
      let rows = try await farm.database.images.page(id)
      #expect(rows.map(\.trial) == [0, 0, 1] && rows.map(\.seed) == [100, 101, 106])
      #expect(rows.map(\.seed) == rows.map(\.seedAsked))
      #expect(try await farm.database.images.page(id, emotion: "awe") == rows)
      let counts = try await farm.batches.rejects(id)
      #expect(counts == RejectCounts(byCriterion: [.emotionProbability: 4], exhausted: 1))
      #expect(try await farm.breaches() == [])
    }
  }

  /// A worker that dies after the last rejection leaves nothing to render; another ends the job.
  @Test func aJobWithoutTriesLeftIsEndedByTheNextClaim() async throws {
    try await FarmFixture.with { farm in
      let id = try await Self.enqueue(farm, tries: 1, .fail)
      let job = try await farm.claimOne()
      try await farm.publish(job, [0, 1, 2])
      #expect(try await Self.reject(farm, job, 3) == .published)
      try await farm.expireLeases()
      _ = try await farm.jobs.sweep()
      try await farm.endRests()
      let next = try await farm.claimOne()
      #expect(next.missing.isEmpty && next.exhausted == [3])
      #expect(try await farm.jobs.complete(next.handle) == .incomplete(missing: [3]))
      let failed = try await farm.jobs.fail(next.handle, error: "index 3", permanent: true)
      #expect(failed == .settled(job: .failed, batch: .failed))
      #expect(try await !farm.batches.status(id).isComplete)
      // Asking again finds no further seed.
      try await farm.batches.retry(id)
      #expect(try await farm.claimOne().exhausted == [3])
      #expect(try await farm.breaches() == [])
    }
  }

  @Test func onlyTheNextTryOfASlotIsRecorded() async throws {
    try await FarmFixture.with { farm in
      _ = try await Self.enqueue(farm)
      let job = try await farm.claimOne()
      func image(_ index: Int, trial: Int, seed: UInt64) -> NewImage {
        let right = FarmFixture.image(job, index)
        return NewImage(
          index: index, seed: seed, specSHA256: right.specSHA256, modelDigest: right.modelDigest, sha256: right.sha256,
          rgbSHA256: right.rgbSHA256, bytes: right.bytes, actualSteps: right.actualSteps, engine: right.engine,
          seconds: 1, measurement: right.measurement, trial: trial)
      }
      func isRefused(_ image: NewImage, accepted: Bool) async throws {
        let error = await #expect(throws: FarmError.self) {
          if accepted {
            try await farm.jobs.publish(job.handle, image, lease: FarmFixture.lease)
          } else {
            try await farm.jobs.reject(job.handle, image, Self.rejection, lease: FarmFixture.lease)
          }
        }
        #expect(error?.code == .artifactUntrue)
      }
      try await isRefused(image(0, trial: 1, seed: 104), accepted: true)
      try await isRefused(image(0, trial: 1, seed: 104), accepted: false)
      try await isRefused(image(0, trial: 0, seed: 104), accepted: false)
      // A rejection that is repeated counts once.
      for answer in [PublishAnswer.published, .alreadyPublished] {
        #expect(try await Self.reject(farm, job, 0) == answer)
      }
      // What was rejected is not accepted afterwards, nor the other way round.
      try await isRefused(image(0, trial: 0, seed: 100), accepted: true)
      #expect(try await farm.publish(job, [1]) == [.published])
      try await isRefused(image(1, trial: 0, seed: 101), accepted: false)
      #expect(
        try await farm.jobs.publish(job.handle, image(0, trial: 1, seed: 104), lease: FarmFixture.lease) == .published)
      #expect(try await farm.count("rejects") == 1)
      #expect(try await farm.breaches() == [])

      try await farm.expireLeases()
      _ = try await farm.jobs.sweep()
      #expect(try await Self.reject(farm, job, 2) == .stale)
      #expect(try await farm.count("rejects") == 1)
      // A batch that accepts everything rejects nothing.
      try await farm.enqueue(count: 1, priority: 5, emotions: [.awe])
      let other = try await farm.claimOne()
      let error = await #expect(throws: FarmError.self) { try await Self.reject(farm, other, 0) }
      #expect(error?.code == .artifactUntrue)
    }
  }

  /// A file that is lost is rendered again with the seed of the try that was accepted; a collection keeps rejected files.
  @Test func repairKeepsTheTryAndCollectionTheRejectedFile() async throws {
    try await FarmFixture.with { farm in
      try await TestFolder.with { home in
        let store = try await farm.database.openStore(.home(home), for: .writing)
        let id = try await Self.enqueue(farm)
        let job = try await farm.claimOne()
        for index in 0..<4 {
          let file = try store.put(FarmFixture.file(job, index).png)
          let image = FarmFixture.image(job, index, file: file.sha256, bytes: file.bytes)
          _ = try await farm.jobs.reject(job.handle, image, Self.rejection, lease: FarmFixture.lease)
        }
        _ = try await farm.jobs.release(job.handle, .toppedUp)
        let second = try await farm.claimOne()
        let files = try await farm.publishFiles(second, in: store)
        #expect(try await farm.jobs.complete(second.handle) == .settled(job: .done, batch: .done))
        #expect(try await Audit(database: farm.database, store: store).run(deep: true) == [])
        let collector = ArtifactCollector(database: farm.database, store: store, grace: .seconds(3600))
        _ = try await collector.run(now: Date().addingTimeInterval(7200))
        #expect(try await farm.count("artifact_marks") == 0)

        try FileManager.default.removeItem(atPath: files[1].path)
        #expect(try await FarmRepair(database: farm.database, store: store).run(batch: id).taken.images == 1)
        let again = try await farm.claimOne()
        #expect(again.missing == [1] && again.trial(of: 1) == 1 && again.seed(of: 1) == 105)
        #expect(try await farm.publishFiles(again, in: store).map(\.sha256) == [files[1].sha256])
        #expect(try await farm.jobs.complete(again.handle) == .settled(job: .done, batch: .done))
        #expect(try await farm.breaches() == [])
      }
    }
  }

  /// Somebody wants another image: the index is tried with its next seed, as after any rejection.
  @Test func imagesAreRejectedByHand() async throws {
    try await FarmFixture.with { farm in
      let id = try await Self.enqueue(farm, tries: 2)
      try await farm.finishAll()
      #expect(try await farm.batches.status(id).state == .done)
      @Sendable func chosen(_ indices: Int...) async throws -> [(index: Int, sha256: String)] {
        try await farm.database.images.some(id, indices: indices).map { ($0.index, $0.sha256) }
      }
      let looked = try await chosen(1, 2)
      let taken = try await farm.batches.reject(id, looked)
      #expect(taken.images == 2 && taken.jobs == 1 && taken.running == 0)
      let open = try await farm.batches.status(id)
      #expect(open.state == .running && open.imagesDone == 2 && open.jobs.ready == 1)
      #expect(try await farm.count("measurements") == 2)
      #expect(try await farm.batches.rejects(id) == RejectCounts(byCriterion: [.byHand: 2], exhausted: 0))
      #expect(try await farm.breaches() == [])
      // What is not there any more is not rejected again.
      #expect(try await farm.batches.reject(id, looked).images == 0)
      let job = try await farm.claimOne()
      #expect(job.missing == [1, 2] && job.missing.map(job.seed(of:)) == [105, 106])
      // A running job's images stay.
      let busy = try await farm.batches.reject(id, try await chosen(0))
      #expect(busy.images == 0 && busy.running == 1)
      try await farm.finish(job)
      #expect(try await farm.batches.status(id).state == .done)
      // No index has a third try.
      #expect(try await farm.batches.reject(id, try await chosen(1, 2)).images == 0)
      #expect(try await farm.batches.status(id).state == .done)
      #expect(try await farm.breaches() == [])
      let plain = try await farm.enqueue(count: 2)
      try await farm.finishAll()
      let refused = await #expect(throws: FarmError.self) { try await farm.batches.reject(plain, looked) }
      #expect(refused?.code == .refused)
    }
  }
}
