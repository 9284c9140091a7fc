import Farm
import Files
import Foundation
import Postgres
import TestSupport
import Testing
import Vocabulary

@Suite struct RepairTests {
  /// A batch of one job whose four images are published; the file of index 3 has another image's provenance.
  private static func with(
    _ body: @Sendable (FarmFixture, ArtifactStore, ClaimedJob, [Artifact]) async throws -> Void
  ) async throws {
    try await FarmFixture.with { farm in
      try await TestFolder.with { home in
        let store = try await farm.database.openStore(.home(home), for: .writing)
        try await farm.enqueue(count: 4, emotions: [.awe], measures: true)
        let job = try await farm.claimOne()
        try await body(farm, store, job, try await farm.publishFiles(job, in: store, lie: 3))
      }
    }
  }

  private static func damage(_ file: Artifact) throws {
    var bytes = try Data(contentsOf: URL(filePath: file.path))
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(filePath: file.path))
  }

  @Test func lostDamagedAndForeignFilesAreRenderedAgain() async throws {
    try await Self.with { farm, store, job, files in
      _ = try await farm.jobs.complete(job.handle)
      try FileManager.default.removeItem(atPath: files[0].path)
      try Self.damage(files[1])
      let repair = FarmRepair(database: farm.database, store: store)
      let dry = try await repair.run(dryRun: true)
      #expect(dry.faults == [.missing: 1, .damaged: 1, .untrue: 1] && dry.taken.images == 0)
      #expect(try await farm.batches.status(1).imagesDone == 4)

      let report = try await repair.run(batch: 1)
      #expect(report.examined == 4 && report.faults == dry.faults)
      #expect(report.taken.images == 3 && report.taken.jobs == 1)
      #expect(report.absentEngines.isEmpty && report.outcomes.waiting == 3)
      let status = try await farm.batches.status(1)
      #expect(status.state == .running && status.imagesDone == 1 && status.jobs.ready == 1)
      #expect(try await farm.database.images.measurements(1, in: 0...3).keys.sorted() == [2])
      #expect(try await farm.breaches() == [])

      let again = try await farm.claimOne()
      #expect(again.missing == [0, 1, 3] && again.attempt == 1 && again.handle.token == 2)
      let repaired = try await farm.publishFiles(again, in: store)
      #expect(repaired.map(\.sha256).prefix(2) == files.map(\.sha256).prefix(2))
      #expect(try await farm.jobs.complete(again.handle) == .settled(job: .done, batch: .done))
      let audit = Audit(database: farm.database, store: store)
      #expect(try await audit.run(deep: true) == [])
      #expect(try await farm.database.images.measurements(1, in: 0...3).count == 4)
      let done = try await repair.run()
      #expect(done.faultCount == 0)
      // The foreign file had the right pixels under a wrong seed.
      #expect(done.outcomes.sameBytes == 2 && done.outcomes.samePixels == 1 && done.outcomes.waiting == 0)
    }
  }

  @Test func imagesOfJobsThatRunOrStoppedAreLeftAlone() async throws {
    try await Self.with { farm, store, job, files in
      try FileManager.default.removeItem(atPath: files[0].path)
      let repair = FarmRepair(database: farm.database, store: store)
      let running = try await repair.run()
      #expect(running.taken.images == 0 && running.taken.running == 2)
      #expect(try await farm.jobs.complete(job.handle) == .settled(job: .done, batch: .done))

      // A job that failed before its last image.
      try await farm.enqueue(count: 2, seed: 500, emotions: [.fear])
      let failing = try await farm.claimOne()
      try await farm.publish(failing, [failing.firstIndex])
      _ = try await farm.jobs.fail(failing.handle, error: "broken", permanent: true)
      let stopped = try await repair.run(batch: failing.handle.batch)
      #expect(stopped.taken.images == 0 && stopped.taken.stopped == 1)
      try await farm.batches.retry(failing.handle.batch)
      #expect(try await repair.run(batch: failing.handle.batch).taken.images == 1)
      #expect(try await farm.claimOne().missing == [0, 1])
      #expect(try await farm.breaches() == [])
    }
  }

  /// Rows are read in pages, which end between two jobs.
  @Test func everyImageOfALargeBatchIsTakenBackOnce() async throws {
    try await FarmFixture.with { farm in
      try await farm.enqueue(count: 600, chunk: 7, emotions: [.awe])
      try await farm.finishAll()
      let report = try await FarmRepair(database: farm.database, store: ArtifactStore(home: "/nowhere")).run()
      #expect(report.examined == 600 && report.faults == [.missing: 600] && report.first.count == RepairReport.shown)
      #expect(report.taken.images == 600 && report.taken.jobs == 86)
      #expect(try await farm.batches.status(1).imagesDone == 0)
      #expect(try await farm.breaches() == [])
    }
  }

  /// Every file looks missing in a store whose volume is not mounted: nothing may be taken back.
  @Test func aStoreThatLostItsMarkerIsNotRepaired() async throws {
    try await Self.with { farm, store, job, files in
      _ = try await farm.jobs.complete(job.handle)
      for file in files { try FileManager.default.removeItem(atPath: file.path) }
      let folder = files[0].path.components(separatedBy: "/sha256/")[0] + "/sha256"
      try FileManager.default.removeItem(atPath: "\(folder)/farm.json")
      let error = await #expect(throws: FarmError.self) {
        try await FarmRepair(database: farm.database, store: store).run()
      }
      #expect(error?.code == .storeRefused)
      #expect(try await farm.batches.status(1).imagesDone == 4)
      #expect(try await farm.count("repairs") == 0)
    }
  }

  @Test func anAbsentEngineKindIsNamed() async throws {
    try await Self.with { farm, store, job, files in
      _ = try await farm.jobs.complete(job.handle)
      try FileManager.default.removeItem(atPath: files[2].path)
      try await farm.database.workers.leave(farm.worker)
      let report = try await FarmRepair(database: farm.database, store: store).run()
      #expect(report.absentEngines == [FarmFixture.engine])
    }
  }
}
