import Farm
import Postgres
import Testing
import Vocabulary

@Suite struct SteeringTests {
  @Test func aPausedBatchFinishesItsCurrentImageAndCanBeResumed() async throws {
    try await FarmFixture.with { farm in
      let id = try await farm.enqueue(count: 4, emotions: [.awe])
      let job = try await farm.claimOne()
      #expect(try await farm.batches.pause(id) == .paused)
      #expect(try await farm.jobs.heartbeat(job.handle, lease: FarmFixture.lease) == .pause)
      #expect(try await farm.publish(job, [0]) == [.published])
      #expect(try await farm.jobs.release(job.handle, .paused) == .settled(job: .ready, batch: .paused))
      #expect(try await farm.claim().isEmpty)
      #expect(try await farm.breaches() == [])
      #expect(try await farm.batches.resume(id) == .running)
      let again = try await farm.claimOne()
      #expect(again.missing == [1, 2, 3] && again.attempt == 1)
      #expect(try await farm.finish(again) == .settled(job: .done, batch: .done))
    }
  }

  @Test func cancellingStopsRunningJobsAndKeepsTheirImages() async throws {
    try await FarmFixture.with { farm in
      let id = try await farm.enqueue(count: 4)
      let job = try await farm.claimOne()
      try await farm.publish(job, [0, 1])
      #expect(try await farm.batches.cancel(id) == .cancelling)
      #expect(try await farm.claim().isEmpty)
      #expect(try await farm.breaches() == [])
      #expect(try await farm.jobs.heartbeat(job.handle, lease: FarmFixture.lease) == .cancel)
      #expect(try await farm.jobs.release(job.handle, .cancelled) == .settled(job: .cancelled, batch: .cancelled))
      let status = try await farm.batches.status(id)
      #expect(status.jobs.cancelled == 2 && status.imagesDone == 2 && status.finished != nil)
      #expect(try await farm.batches.cancel(id) == .cancelled)
      #expect(try await farm.breaches() == [])
    }
  }

  @Test func aWorkerThatDiesDuringACancellationDoesNotBlockIt() async throws {
    try await FarmFixture.with { farm in
      let id = try await farm.enqueue(count: 4, emotions: [.awe])
      _ = try await farm.claimOne()
      try await farm.batches.cancel(id)
      try await farm.expireLeases()
      #expect(try await farm.jobs.sweep().expired.map(\.job) == [.cancelled])
      #expect(try await farm.batches.status(id).state == .cancelled)
    }
  }

  @Test func retryRequeuesFailedJobsAndKeepsImages() async throws {
    try await FarmFixture.with { farm in
      let id = try await farm.enqueue(count: 4)
      let bad = try await farm.claimOne()
      try await farm.publish(bad, [3])
      _ = try await farm.jobs.fail(bad.handle, error: "the model folder changed", permanent: true)
      try await farm.finishAll()
      #expect(try await farm.batches.status(id).state == .failed)
      #expect(
        try await farm.batches.stopped(id)[0].errors == ["attempt 1 on worker \(farm.worker): the model folder changed"]
      )
      #expect(try await farm.batches.retry(id) == 1)
      #expect(try await farm.batches.status(id).state == .running)
      let again = try await farm.claimOne()
      #expect(again.missing == [0, 1, 2] && again.attempt == 1 && again.handle.token == 2)
      #expect(try await farm.finish(again) == .settled(job: .done, batch: .done))
      #expect(try await farm.count("attempts WHERE outcome = 'failed'") == 1)
      #expect(try await farm.batches.retry(id) == 0)
      #expect(try await farm.breaches() == [])
    }
  }

  @Test func aCancelledBatchCanBeRetried() async throws {
    try await FarmFixture.with { farm in
      let id = try await farm.enqueue(count: 4)
      try await farm.finish(try await farm.claimOne())
      try await farm.batches.cancel(id)
      #expect(try await farm.batches.retry(id) == 1)
      try await farm.finishAll()
      let status = try await farm.batches.status(id)
      #expect(status.state == .done && status.imagesDone == 8)
      #expect(try await farm.breaches() == [])
    }
  }

  @Test func finishedBatchesCannotBeSteered() async throws {
    try await FarmFixture.with { farm in
      let id = try await farm.enqueue(count: 4)
      await #expect { try await farm.batches.delete(id) } throws: { "\($0)".contains("cancel it before deleting it") }
      try await farm.finishAll()
      await #expect { try await farm.batches.pause(id) } throws: {
        "\($0)".contains("cannot pause batch \(id): it is done")
      }
      await #expect { try await farm.batches.cancel(id) } throws: { "\($0)".contains("it is already done") }
      #expect(try await farm.batches.delete(id) == 8)
      for table in ["batches", "cells", "jobs", "images", "attempts"] {
        #expect(try await farm.count("\(identifier: table)") == 0)
      }
      #expect(try await farm.database.events.recent().last?.kind == "batch.deleted")
      await #expect { try await farm.batches.pause(id) } throws: { "\($0)".contains("there is no batch") }
    }
  }

  /// Cancel and pause race with claims and completions: in every order, no job is left behind and no deadlock occurs.
  @Test func concurrentSteeringKeepsABatchConsistent() async throws {
    try await FarmFixture.with { farm in
      let id = try await farm.enqueue(count: 60, chunk: 2)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for worker in 0..<6 {
          group.addTask {
            while let job = try await farm.claim(farm.worker).first {
              if worker % 3 == 2 {
                _ = try await farm.jobs.release(job.handle, .drained)
              } else {
                try await farm.finish(job)
              }
            }
          }
        }
        group.addTask {
          for _ in 0..<10 {
            _ = try? await farm.batches.pause(id)
            _ = try? await farm.batches.resume(id)
          }
          _ = try? await farm.batches.cancel(id)
        }
        try await group.waitForAll()
      }
      // A completion that began before the cancellation may have been committed after it: the next sweep adds it up.
      _ = try await farm.jobs.sweep()
      let status = try await farm.batches.status(id)
      #expect(status.isFinished)
      #expect(status.jobs.ready == 0 && status.jobs.running == 0)
      #expect(try await farm.breaches() == [])
    }
  }

  @Test func waitingEndsWhenTheBatchIsFinished() async throws {
    try await FarmFixture.with { farm in
      let id = try await farm.enqueue(count: 4)
      async let waited = farm.batches.waitUntilFinished(id, poll: .milliseconds(20))
      try await farm.finishAll()
      #expect(try await waited.state == .done)
      await #expect { try await farm.batches.waitUntilFinished(77) } throws: {
        "\($0)".contains("there is no batch 77")
      }
    }
  }

  @Test func progressIsReportedByCellAndEmotion() async throws {
    try await FarmFixture.with { farm in
      let id = try await farm.enqueue(count: 6, chunk: 4)
      let job = try await farm.claimOne()
      try await farm.publish(job, [0, 1, 2])
      #expect(try await farm.batches.cells(id).map(\.imagesDone) == [3, 0])
      #expect(
        try await farm.batches.emotions(id) == [
          EmotionProgress(emotion: "awe", images: 6, imagesDone: 3, imagesFailed: 0),
          EmotionProgress(emotion: "fear", images: 6, imagesDone: 0, imagesFailed: 0),
        ])
      #expect(try #require(await farm.batches.rate(id)) > 0)
      let page = try await farm.database.images.page(id, after: 0, limit: 1)
      #expect(page.map(\.index) == [1])
      #expect(page[0].seed == 101 && page[0].emotion == "awe" && page[0].engine == FarmFixture.engine)
      #expect(try await farm.database.images.withFile(page[0].sha256).map(\.index) == [1])
    }
  }
}
