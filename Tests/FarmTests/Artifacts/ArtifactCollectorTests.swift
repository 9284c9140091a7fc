import Farm
import Files
import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct ArtifactCollectorTests {
  private static let grace: Duration = .seconds(3600)
  private static let late = Date().addingTimeInterval(7200)

  @Test func onlyUnusedFilesAreDeletedAndOnlyAfterTheGracePeriod() async throws {
    try await FarmFixture.with { farm in
      try await TestFolder.with { folder in
        let store = ArtifactStore(home: folder)
        let used = try store.put(Array("used".utf8))
        let unused = try store.put(Array("unused".utf8))
        try await farm.enqueue(count: 4)
        let job = try await farm.claimOne()
        let image = FarmFixture.image(job, 0, file: used.sha256, bytes: used.bytes)
        _ = try await farm.jobs.publish(job.handle, image, lease: FarmFixture.lease)
        let collector = ArtifactCollector(database: farm.database, store: store, grace: Self.grace)

        // The file is seen for the first time and marked.
        var report = try await collector.run(now: Self.late)
        #expect((report.images.waiting, report.images.deleted, report.images.kept) == (1, 0, 1))
        // The mark is too recent.
        report = try await collector.run(now: Self.late)
        #expect((report.images.waiting, report.images.deleted) == (1, 0))
        try await farm.run("UPDATE artifact_marks SET marked_at = now() - interval '2 hours'")
        // The mark is old enough, but the file was renewed within the grace period.
        report = try await collector.run()
        #expect((report.images.waiting, report.images.deleted) == (1, 0))
        #expect(try await collector.run(dryRun: true, now: Self.late).images.waiting == 1)
        report = try await collector.run(now: Self.late)
        #expect(
          (report.images.waiting, report.images.deleted, report.images.kept, report.images.bytesFreed) == (0, 1, 1, 6))
        #expect { try store.read(unused.sha256) } throws: { ($0 as? FarmError)?.code == .artifactMissing }
        #expect(try store.read(used.sha256) == Array("used".utf8))
        #expect(try await farm.count("artifact_marks") == 0)
      }
    }
  }

  @Test func aFilePublishedAfterItsMarkStays() async throws {
    try await FarmFixture.with { farm in
      try await TestFolder.with { folder in
        let store = ArtifactStore(home: folder)
        let file = try store.put(Array("late".utf8))
        let collector = ArtifactCollector(database: farm.database, store: store, grace: Self.grace)
        #expect(try await collector.run(now: Self.late).images.waiting == 1)
        try await farm.run("UPDATE artifact_marks SET marked_at = now() - interval '2 hours'")
        try await farm.enqueue(count: 4)
        let job = try await farm.claimOne()
        let image = FarmFixture.image(job, 0, file: file.sha256, bytes: file.bytes)
        _ = try await farm.jobs.publish(job.handle, image, lease: FarmFixture.lease)
        #expect(try await collector.run(now: Self.late).images.kept == 1)
        #expect(try await farm.count("artifact_marks") == 0)
        #expect(try store.read(file.sha256) == Array("late".utf8))
      }
    }
  }

  @Test func leftoversOfInterruptedWritesAreRemoved() async throws {
    try await FarmFixture.with { farm in
      try await TestFolder.with { folder in
        let store = ArtifactStore(home: folder)
        let file = try store.put(Array("x".utf8))
        let temporary = (file.path as NSString).deletingLastPathComponent + "/.tmp-1-1"
        try Data("half".utf8).write(to: URL(filePath: temporary))
        let collector = ArtifactCollector(database: farm.database, store: store, grace: Self.grace)
        #expect(try await collector.run().images.temporaryDeleted == 0)
        #expect(try await collector.run(now: Self.late).images.temporaryDeleted == 1)
        #expect(!FileManager.default.fileExists(atPath: temporary))
      }
    }
  }

  @Test func theGracePeriodIsLongerThanAnyLease() {
    #expect(ArtifactCollector.grace(lease: .seconds(120)) == .seconds(3600))
    #expect(ArtifactCollector.grace(lease: .seconds(86_400)) == .seconds(864_000))
  }
}
