import Farm
import Files
import Foundation
import Postgres
import TestSupport
import Testing
import Worker

/// Stores that are unmounted, another farm's, or lose files, under running workers.
extension DaemonTests {
  @Suite struct Stores {
    private static func bind(_ source: String, at target: String) throws {
      guard mount(source, target, nil, UInt(MS_BIND), nil) == 0 else {
        throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
      }
    }

    @Test(
      .enabled(if: SmallVolume.isAvailable, Comment(rawValue: SmallVolume.reason)), .timeLimit(.minutes(10)))
    func aShareThatIsUnmountedUnderAWorkerGetsNothing() async throws {
      try await TestFarm.with { farm in
        let (share, artifacts) = ("\(farm.home)/share", "\(farm.home)/artifacts")
        for folder in [share, artifacts] { try Folder.make(folder) }
        try Self.bind(share, at: artifacts)
        defer { umount2(artifacts, Int32(MNT_DETACH)) }
        let batch = try await farm.enqueue(16, chunk: 16)
        let gate = try farm.gate(.rendered(image: 2))
        let daemon = try farm.daemon("worker")
        try await daemon.comes(to: gate)
        try await farm.publishes(2, of: batch, daemon)
        #expect(umount2(artifacts, Int32(MNT_DETACH)) == 0)
        gate.open()
        try await farm.suspends(daemon)
        #expect(daemon.text.contains("has no marker"))
        #expect(try await farm.database.images.count(batch) == 2)
        #expect(try Folder.names(in: artifacts).isEmpty)
        // A worker that is started now does not even register.
        let late = try farm.daemon("late", ["--once"])
        #expect(try await late.end() == .exited(1))
        #expect(late.text.contains("mount the volume that belongs there"))

        try Self.bind(share, at: artifacts)
        #expect(try await farm.finishes(batch, daemon).state == .done)
        try await farm.isSound(batch, images: 16)
        // The fault was not the job's.
        #expect(!daemon.text.contains("attempt=2"))
        daemon.send(SIGTERM)
        #expect(try await daemon.end() == .exited(0))
      }
    }

    @Test(.timeLimit(.minutes(10))) func lostAndDamagedFilesAreRenderedAgainToTheSameBytes() async throws {
      try await TestFarm.with { farm in
        let batch = try await farm.enqueue(16, chunk: 8)
        let daemon = try farm.daemon("worker")
        #expect(try await farm.finishes(batch, daemon).state == .done)
        let rows = try await farm.database.images.page(batch)
        try File.remove(farm.store.path(rows[2].sha256))
        for index in [5, 12] {
          let path = farm.store.path(rows[index].sha256)
          var bytes = try File.read(path)
          bytes[bytes.count / 2] ^= 1
          try File.write(bytes, to: path)
        }
        let store = try await farm.database.openStore(.home(farm.home), for: .writing)
        let repair = FarmRepair(database: farm.database, store: store)
        let report = try await repair.run(batch: batch)
        #expect(report.taken.images == 3 && report.taken.jobs == 2 && report.absentEngines.isEmpty)
        #expect(try await farm.finishes(batch, daemon).state == .done)
        try await farm.isSound(batch, images: 16)
        // Nothing but the three was rendered again.
        let after = try await farm.database.images.page(batch)
        #expect(after.map(\.sha256) == rows.map(\.sha256))
        #expect(after.filter { $0.token == 2 }.map(\.index) == [2, 5, 12])
        #expect(try await repair.run(batch: batch).outcomes.sameBytes == 3)
        daemon.send(SIGTERM)
        #expect(try await daemon.end() == .exited(0))
      }
    }

    /// The worker removes old events by itself, once it has begun.
    @Test(.timeLimit(.minutes(10))) func aWorkerRemovesWhatIsOld() async throws {
      try await TestFarm.with { farm in
        try await farm.database.events.append(.info, "long.ago")
        try await farm.database.events.append(.info, "yesterday")
        _ = try await farm.database.pool.withConnection {
          try await $0.query("UPDATE events SET at = at - interval '9 days' WHERE kind = 'long.ago'")
        }
        let daemon = try farm.daemon("worker", environment: ["EMOFARM_RETENTION_EVENTS_DAYS": "7"])
        do {
          try await eventually("the worker reports what it removed") {
            try await farm.database.events.recent().contains { $0.kind == "retention" && $0.detail["events"] == "1" }
          }
        } catch {
          throw NotObserved(description: "\(error); the daemon's log:\n\(daemon.text)")
        }
        let kinds = try await farm.database.events.recent().map(\.kind)
        #expect(kinds.contains("yesterday") && !kinds.contains("long.ago"))
        daemon.send(SIGTERM)
        #expect(try await daemon.end() == .exited(0))
      }
    }
  }
}
