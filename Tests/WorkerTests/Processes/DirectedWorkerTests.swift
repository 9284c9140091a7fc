import Farm
import Files
import Foundation
import Postgres
import TestSupport
import Testing
import Worker

/// Real daemons that operators direct from afar.
extension DaemonTests {
  @Suite struct Directed {
    private static func id(_ daemon: Daemon, _ farm: TestFarm) async throws -> Int64 {
      try await eventually("the daemon is registered") {
        try await farm.database.workers.list().first { $0.pid == Int(daemon.process) }?.id
      }
    }

    private static func isNoted(_ note: String?, _ id: Int64, _ farm: TestFarm) async throws {
      try await eventually("worker \(id) says \(note ?? "nothing")", within: .seconds(15)) {
        try await farm.database.workers.list().first { $0.id == id }?.note == note
      }
    }

    @Test(.timeLimit(.minutes(10))) func aPausedDaemonClaimsNothingUntilItIsResumed() async throws {
      try await TestFarm.with { farm in
        let workers = farm.database.workers
        let daemon = try farm.daemon("forge")
        let id = try await Self.id(daemon, farm)
        #expect(try await workers.direct(.pause, .host("forge")).map(\.id) == [id])
        let by = farm.database.configuration.user
        try await Self.isNoted("paused by \(by)", id, farm)
        let batch = try await farm.enqueue(4, chunk: 2)
        #expect(try await !workers.areAnyLive(for: batch))
        // The farm takes it for lost, as after a long outage: the process registers again, and is still paused.
        try await farm.run("UPDATE workers SET state = 'lost', ended_at = now()")
        let again = try await eventually("the daemon registers again", within: .seconds(15)) {
          try await workers.list().first { $0.pid == Int(daemon.process) }
        }
        #expect(again.id != id && again.request?.kind == .pause)
        try await Self.isNoted("paused by \(by)", again.id, farm)
        #expect(try await farm.database.batches.status(batch).state == .queued)

        _ = try await workers.direct(.resume, .workers([again.id]))
        #expect(try await farm.finishes(batch, daemon).state == .done)
        try await farm.isSound(batch, images: 4)
        #expect(daemon.text.contains("resumed by an operator"))
        daemon.send(SIGTERM)
        #expect(try await daemon.end() == .exited(0))
      }
    }

    /// As after SIGTERM: the images in hand are finished, the rest goes back, the exit is an orderly one.
    @Test(.timeLimit(.minutes(10))) func aDrainedDaemonFinishesItsImagesAndExitsWithZero() async throws {
      try await TestFarm.with { farm in
        let workers = farm.database.workers
        let batch = try await farm.enqueue(24, chunk: 24)
        let gate = try farm.gate(.rendered(image: 9))
        let busy = try farm.daemon("busy")
        try await busy.comes(to: gate)
        let idle = try farm.daemon("idle")
        let (busyID, idleID) = (try await Self.id(busy, farm), try await Self.id(idle, farm))
        let told = ContinuousClock.now
        _ = try await workers.direct(.drain, .workers([busyID, idleID]))
        #expect(try await idle.end(within: .seconds(15)) == .exited(0))
        #expect(ContinuousClock.now - told < .seconds(10))
        try await busy.logs("draining: finishing the current images")
        gate.open()
        #expect(try await busy.end() == .exited(0))
        #expect(busy.text.contains("an operator asked this worker to drain"))
        let status = try await farm.database.batches.status(batch)
        #expect(status.jobs.ready == 1 && status.imagesDone > 0)
        #expect(try await workers.list().isEmpty)
        // Nothing of this concerns the next process.
        let next = try farm.daemon("busy")
        #expect(try await farm.finishes(batch, next).state == .done)
        try await farm.isSound(batch, images: 24)
        next.send(SIGTERM)
        #expect(try await next.end() == .exited(0))
      }
    }

    /// Without LISTEN, as behind a pooler, the reports suffice.
    @Test(.timeLimit(.minutes(10))) func aDaemonThatHearsNoNotificationIsTold() async throws {
      try await TestFarm.with { farm in
        let daemon = try farm.daemon("deaf")
        let id = try await Self.id(daemon, farm)
        try await daemon.logs("worker registered")
        try await farm.run(
          """
          UPDATE workers SET request = 'drain', requested_at = now(), requested_by = 'anna' WHERE id = \(id)
          """)
        #expect(try await daemon.end(within: .seconds(20)) == .exited(0))
      }
    }

    @Test(.timeLimit(.minutes(10))) func onceIsPausedAndDoesNotTakeTheQueueForEmpty() async throws {
      try await TestFarm.with { farm in
        let batch = try await farm.enqueue(12, chunk: 6)
        let gate = try farm.gate(.rendered(image: 3))
        let daemon = try farm.daemon("once", ["--once"])
        try await daemon.comes(to: gate)
        let id = try await Self.id(daemon, farm)
        _ = try await farm.database.workers.direct(.pause, .workers([id]))
        gate.open()
        try await Self.isNoted("paused by \(farm.database.configuration.user)", id, farm)
        // The job in hand is finished, the other one waits.
        try await farm.publishes(6, of: batch, daemon)
        #expect(try await farm.database.batches.status(batch).jobs.ready == 1)
        _ = try await farm.database.workers.direct(.resume, .all)
        #expect(try await daemon.end() == .exited(0))
        try await farm.isSound(batch, images: 12)
      }
    }

    @Test(.timeLimit(.minutes(10))) func labelsAndCapsDirectWhatADaemonTakes() async throws {
      try await TestFarm.with { farm in
        let plain = try farm.daemon("forge", ["--once"])
        #expect(try await plain.end() == .exited(0))
        let batch = try await farm.enqueue(2, chunk: 2, require: ["gpu"])
        let other = try farm.daemon("forge", ["--once"], environment: ["EMOFARM_LABELS": "large"])
        #expect(try await other.end() == .exited(0))
        #expect(try await farm.database.batches.status(batch).state == .queued)
        // A host that may not run a job leaves work to do.
        try await farm.database.sharing.setHost("forge", cap: 0)
        let full = try farm.daemon("forge", ["--once", "--label", "gpu,large"])
        #expect(try await full.end() == .exited(3))
        let waiting = try farm.daemon("forge", ["--label", "large", "--label", "gpu"])
        let id = try await Self.id(waiting, farm)
        try await Self.isNoted(
          "waiting: the host 'forge' runs as many jobs as its cap allows (emofarm hosts)", id, farm)
        try await farm.database.sharing.setHost("forge", cap: 1)
        #expect(try await farm.finishes(batch, waiting).state == .done)
        #expect(try await farm.database.workers.list().first?.labels == ["gpu", "large"])
        try await farm.isSound(batch, images: 2)
        waiting.send(SIGTERM)
        #expect(try await waiting.end() == .exited(0))
      }
    }
  }
}
