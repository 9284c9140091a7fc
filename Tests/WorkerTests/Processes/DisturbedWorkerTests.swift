import Farm
import Files
import Foundation
import Postgres
import TestSupport
import Testing
import Worker

/// Workers that are disturbed in the middle of a job.
extension DaemonTests {
  @Suite struct Disturbed {
    @Test(.timeLimit(.minutes(10))) func anUndisturbedBatchIsDoneByOneWorker() async throws {
      try await TestFarm.with { farm in
        let batch = try await farm.enqueue(20, chunk: 12)
        let daemon = try farm.daemon("one", ["--once"])
        #expect(try await daemon.end() == .exited(0))
        #expect(try await farm.database.batches.status(batch).state == .done)
        try await farm.isSound(batch, images: 20)
        let worker = try #require(try await farm.database.workers.list(all: true).first)
        #expect(worker.state == .gone)
        #expect(worker.host == "one")
      }
    }

    @Test(.timeLimit(.minutes(10))) func afterASIGKILLTheFinishedImagesStayAndTheRestIsRenderedAgain() async throws {
      try await TestFarm.with { farm in
        let batch = try await farm.enqueue(24, chunk: 24)
        let gate = try farm.gate(.rendered(image: 9))
        let victim = try farm.daemon("victim", lease: 5)
        try await victim.comes(to: gate)
        try await farm.publishes(9, of: batch, victim)
        victim.send(SIGKILL)
        #expect(try await victim.end() == .killed(SIGKILL))
        let kept = try await farm.database.images.page(batch)
        #expect(kept.count == 9)

        let heir = try farm.daemon("heir", lease: 8)
        #expect(try await farm.finishes(batch, victim, heir).state == .done)
        try await farm.isSound(batch, images: 24)
        let rows = try await farm.database.images.page(batch)
        #expect(Array(rows.prefix(kept.count)) == kept)
        #expect(rows.dropFirst(kept.count).allSatisfy { $0.token == 2 })
        // The crash counts as an attempt.
        #expect(heir.text.contains("job claimed attempt=2"))
        heir.send(SIGTERM)
        #expect(try await heir.end() == .exited(0))
      }
    }

    @Test(.timeLimit(.minutes(10))) func aJobThatKillsItsWorkerTooOftenIsQuarantinedWithItsImages() async throws {
      try await TestFarm.with { farm in
        let batch = try await farm.enqueue(24, chunk: 24, attempts: 1)
        let gate = try farm.gate(.rendered(image: 9))
        let victim = try farm.daemon("victim", lease: 5)
        try await victim.comes(to: gate)
        try await farm.publishes(9, of: batch, victim)
        victim.send(SIGKILL)
        let heir = try farm.daemon("heir", lease: 8)
        let status = try await farm.finishes(batch, victim, heir)
        #expect(status.state == .failed)
        #expect(status.imagesDone == 9)
        let stopped = try #require(try await farm.database.batches.stopped(batch).first)
        #expect(stopped.errors.last?.contains("the lease ran out") == true)
        try await farm.isSound(batch, images: status.imagesDone)
      }
    }

    @Test(.timeLimit(.minutes(10))) func aWorkerThatWasStoppedPastItsLeaseDropsItsWork() async throws {
      try await TestFarm.with { farm in
        let batch = try await farm.enqueue(24, chunk: 24)
        let inSleep = try farm.gate(.rendered(image: 9))
        let sleeper = try farm.daemon("sleeper", lease: 5)
        try await sleeper.comes(to: inSleep)
        try await farm.publishes(9, of: batch, sleeper)
        sleeper.send(SIGSTOP)

        let inWork = try farm.gate(.step(image: 9, call: 2))
        let heir = try farm.daemon("heir")
        try await heir.comes(to: inWork)
        sleeper.send(SIGCONT)
        inSleep.open()
        try await sleeper.logs("another worker holds the job", or: "dropping the work")
        inWork.open()
        #expect(try await farm.finishes(batch, sleeper, heir).state == .done)
        try await farm.isSound(batch, images: 24)
        let rows = try await farm.database.images.page(batch)
        #expect(rows.filter { $0.token == 1 }.count == 9)
        let events = try await farm.database.events.recent(batch: batch)
        #expect(events.contains { $0.kind == "job.expired" })
        #expect(events.contains { $0.kind == "job.stale" })
        for daemon in [sleeper, heir] {
          daemon.send(SIGTERM)
          #expect(try await daemon.end() == .exited(0))
        }
      }
    }

    @Test(.timeLimit(.minutes(10))) func fourWorkersShareABatch() async throws {
      try await TestFarm.with { farm in
        let batch = try await farm.enqueue(24, chunk: 2)
        // The worker with the first job waits until another worker has finished one.
        let gate = try farm.gate(.rendered(image: 0))
        let daemons = try (1...4).map { try farm.daemon("worker-\($0)", ["--once"]) }
        try await daemons[0].comes(to: gate)
        try await eventually("another worker publishes") { try await farm.database.images.count(batch) > 0 }
        gate.open()
        for daemon in daemons { #expect(try await daemon.end(within: .seconds(120)) == .exited(0)) }
        #expect(try await farm.database.batches.status(batch).state == .done)
        try await farm.isSound(batch, images: 24)
        let rows = try await farm.database.images.page(batch)
        #expect(Set(rows.map(\.worker)).count > 1)
      }
    }

    @Test(.timeLimit(.minutes(10))) func aCancelReachesARunningJobAndKeepsItsImages() async throws {
      try await TestFarm.with { farm in
        let batch = try await farm.enqueue(24, chunk: 24)
        let (before, after) = (try farm.gate(.step(image: 8, call: 2)), try farm.gate(.step(image: 8, call: 3)))
        let daemon = try farm.daemon("worker")
        try await daemon.comes(to: before)
        try await farm.publishes(8, of: batch, daemon)
        try await farm.database.batches.cancel(batch)
        try await farm.heartbeatIsDue(batch)
        before.open()
        try await daemon.comes(to: after)
        try await daemon.logs("the batch is cancelled: stopping")
        after.open()
        let status = try await farm.finishes(batch, daemon)
        #expect(status.state == .cancelled)
        // The current eight images are not finished.
        #expect(status.imagesDone == 8)
        try await farm.isSound(batch, images: status.imagesDone)

        // After a retry, only the rest is rendered.
        _ = try await farm.database.batches.retry(batch)
        #expect(try await farm.finishes(batch, daemon).state == .done)
        try await farm.isSound(batch, images: 24)
        daemon.send(SIGINT)
        #expect(try await daemon.end() == .exited(0))
      }
    }

    @Test(.timeLimit(.minutes(10))) func aPauseFinishesTheImagesInHandAndReleasesTheRest() async throws {
      try await TestFarm.with { farm in
        let batch = try await farm.enqueue(24, chunk: 24)
        let (before, after) = (try farm.gate(.step(image: 8, call: 2)), try farm.gate(.step(image: 8, call: 3)))
        let daemon = try farm.daemon("worker")
        try await daemon.comes(to: before)
        try await farm.publishes(8, of: batch, daemon)
        try await farm.database.batches.pause(batch)
        try await farm.heartbeatIsDue(batch)
        before.open()
        try await daemon.comes(to: after)
        try await daemon.logs("the batch is paused: finishing the current images")
        after.open()
        try await eventually("the job is given back") {
          try await farm.database.batches.status(batch).jobs.running == 0
        }
        let status = try await farm.database.batches.status(batch)
        #expect(status.state == .paused)
        #expect(status.imagesDone == 16)
        try await farm.isSound(batch, images: 16)

        try await farm.database.batches.resume(batch)
        #expect(try await farm.finishes(batch, daemon).state == .done)
        try await farm.isSound(batch, images: 24)
        // A pause does not count as an attempt.
        #expect(!daemon.text.contains("attempt=2"))
      }
    }

    @Test(.timeLimit(.minutes(10))) func aDrainFinishesTheImagesInHandAndLeaves() async throws {
      try await TestFarm.with { farm in
        let batch = try await farm.enqueue(24, chunk: 24)
        let gate = try farm.gate(.rendered(image: 9))
        let daemon = try farm.daemon("worker")
        try await daemon.comes(to: gate)
        daemon.send(SIGTERM)
        try await daemon.logs("draining: finishing the current images")
        gate.open()
        #expect(try await daemon.end() == .exited(0))
        let status = try await farm.database.batches.status(batch)
        #expect(status.jobs.ready == 1)
        #expect(status.imagesDone == 16)
        #expect(try await farm.database.workers.list(all: true).map(\.state) == [.gone])
        try await farm.isSound(batch, images: status.imagesDone)

        let next = try farm.daemon("next", ["--once"])
        #expect(try await next.end() == .exited(0))
        try await farm.isSound(batch, images: 24)
        #expect(next.text.contains("job claimed attempt=1"))
      }
    }

    @Test(.timeLimit(.minutes(10))) func aSecondSignalStopsAtOnce() async throws {
      try await TestFarm.with { farm in
        let batch = try await farm.enqueue(24, chunk: 24)
        let gate = try farm.gate(.rendered(image: 9))
        let daemon = try farm.daemon("worker", lease: 5)
        try await daemon.comes(to: gate)
        try await farm.publishes(9, of: batch, daemon)
        daemon.send(SIGTERM)
        try await daemon.logs("draining")
        daemon.send(SIGTERM)
        #expect(try await daemon.end() == .exited(1))
        #expect(try await farm.database.images.count(batch) == 9)

        let heir = try farm.daemon("heir", lease: 8)
        #expect(try await farm.finishes(batch, daemon, heir).state == .done)
        try await farm.isSound(batch, images: 24)
      }
    }
  }
}
