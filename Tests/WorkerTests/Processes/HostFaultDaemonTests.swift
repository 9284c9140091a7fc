import Farm
import Files
import Foundation
import TestSupport
import Testing
import Worker

/// Real daemons on hosts that are not all well.
extension DaemonTests {
  @Suite struct Hosts {
    /// One damaged copy of the model once took the attempts of a whole batch within seconds.
    @Test(.timeLimit(.minutes(10))) func oneBadHostSuspendsItselfAndTheBatchIsCompletedByAnother() async throws {
      try await TestFarm.with { farm in
        try await farm.registerCopiesByHost()
        let (bad, good) = (try farm.host("bad"), try farm.host("good"))
        let weights = "model/unet/diffusion_pytorch_model.safetensors"
        #expect(truncate("\(bad)/\(weights)", 1000) == 0)
        let batch = try await farm.enqueue(12, chunk: 1)

        let broken = try farm.daemon("bad", in: bad)
        let shown = try await farm.suspends(broken)
        #expect(shown.note?.hasPrefix("suspended: ") == true)
        #expect(shown.note?.contains(weights) == true)
        let sound = try farm.daemon("good", in: good)
        let status = try await farm.finishes(batch, broken, sound)
        #expect(status.state == .done)
        #expect(status.jobs.failed == 0)
        try await farm.isSound(batch, images: 12)
        let rows = try await farm.database.images.page(batch)
        #expect(Set(rows.map(\.worker)).count == 1)
        // No job lost an attempt.
        #expect(!sound.text.contains("attempt=2"))
        #expect(try await farm.database.workers.list().first { $0.id == shown.id }?.suspended != nil)
        let events = try await farm.database.events.recent()
        #expect(events.contains { $0.kind == "worker.suspended" && $0.worker == shown.id })
        sound.send(SIGTERM)
        #expect(try await sound.end() == .exited(0))

        // The copy is restored and an operator says so.
        try FileManager.default.removeItem(atPath: "\(bad)/model")
        _ = try farm.host("bad-restored")
        try FileManager.default.moveItem(atPath: "\(farm.home)/bad-restored/model", toPath: "\(bad)/model")
        let next = try await farm.enqueue(2, chunk: 2)
        // The worker may have found the repair itself.
        _ = try? await farm.database.workers.direct(.resume, .workers([shown.id]))
        #expect(try await farm.finishes(next, broken).state == .done)
        try await farm.isSound(next, images: 2)
        broken.send(SIGTERM)
        #expect(try await broken.end() == .exited(0))
      }
    }

    /// An fsync takes so long that storing one image outlasts the lease.
    @Test(.timeLimit(.minutes(10))) func aSlowStoreKeepsItsLease() async throws {
      try await TestFarm.with { farm in
        let shim = "\(farm.home)/slow-sync.so"
        try SlowSync.compile(to: shim)
        let batch = try await farm.enqueue(1, chunk: 1)
        let daemon = try farm.daemon(
          "slow", ["--once"], lease: 5, environment: ["LD_PRELOAD": shim, "SLOW_SYNC_MILLISECONDS": "1600"])
        #expect(try await daemon.end() == .exited(0))
        try await farm.isSound(batch, images: 1)
        #expect(try await farm.database.images.page(batch).map(\.token) == [1])
        #expect(try await !farm.database.events.recent(batch: batch).contains { $0.kind == "job.expired" })
      }
    }
  }

  /// `--once`, as cron and CI run it.
  @Suite struct Once {
    @Test(.timeLimit(.minutes(10))) func whatAKilledOnceLeftTheNextOneFinishes() async throws {
      try await TestFarm.with { farm in
        let batch = try await farm.enqueue(24, chunk: 12)
        let gate = try farm.gate(.rendered(image: 9))
        let victim = try farm.daemon("victim", ["--once"], lease: 5)
        try await victim.comes(to: gate)
        try await farm.publishes(9, of: batch, victim)
        victim.send(SIGKILL)
        #expect(try await victim.end() == .killed(SIGKILL))

        let heir = try farm.daemon("heir", ["--once"], lease: 8)
        #expect(try await heir.end() == .exited(0))
        #expect(try await farm.database.batches.status(batch).state == .done)
        try await farm.isSound(batch, images: 24)
      }
    }

    @Test(.timeLimit(.minutes(10))) func aLivingWorkersJobIsNotWaitedFor() async throws {
      try await TestFarm.with { farm in
        let batch = try await farm.enqueue(24, chunk: 24)
        let gate = try farm.gate(.rendered(image: 9))
        let busy = try farm.daemon("busy", lease: 120)
        try await busy.comes(to: gate)
        let idle = try farm.daemon("idle", ["--once"])
        try await idle.logs("worker registered")
        // The busy worker's next block renews its lease.
        gate.open()
        #expect(try await idle.end(within: .seconds(30)) == .exited(0))
        #expect(try await farm.finishes(batch, busy).state == .done)
        busy.send(SIGTERM)
        #expect(try await busy.end() == .exited(0))
      }
    }

    @Test(.timeLimit(.minutes(10))) func toldToStopItSaysThatWorkIsLeft() async throws {
      try await TestFarm.with { farm in
        let batch = try await farm.enqueue(24, chunk: 24)
        let gate = try farm.gate(.rendered(image: 9))
        let daemon = try farm.daemon("worker", ["--once"])
        try await daemon.comes(to: gate)
        daemon.send(SIGTERM)
        try await daemon.logs("draining: finishing the current images")
        gate.open()
        #expect(try await daemon.end() == .exited(3))
        #expect(try await farm.database.batches.status(batch).jobs.ready == 1)
      }
    }
  }
}

/// A library that makes every fsync of a process slow, as a store on a loaded or distant volume is.
enum SlowSync {
  private static let source = """
    #define _GNU_SOURCE
    #include <dlfcn.h>
    #include <stdlib.h>
    #include <unistd.h>
    int fsync(int file) {
      const char *wait = getenv("SLOW_SYNC_MILLISECONDS");
      usleep((wait ? atoi(wait) : 0) * 1000);
      return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(file);
    }
    """

  static func compile(to library: String) throws {
    let file = "\(library).c"
    try source.write(toFile: file, atomically: true, encoding: .utf8)
    let (ending, output) = try ChildProcess.run(
      "/usr/bin/env", ["clang", "-shared", "-fPIC", "-o", library, file, "-ldl"],
      environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"])
    guard ending == .exited(0) else {
      throw NotObserved(description: "clang could not compile \(file): \(String(decoding: output, as: UTF8.self))")
    }
  }
}
