import Farm
import Foundation
import Postgres
import TestSupport
import Testing
import Vocabulary

@Suite struct FileAuditTests {
  private static func publish(_ farm: FarmFixture, _ store: ArtifactStore) async throws -> (batch: Int64, [Artifact]) {
    let id = try await farm.enqueue(count: 4, emotions: [.awe])
    let job = try await farm.claimOne()
    let files = try await farm.publishFiles(job, in: store, lie: 3)
    _ = try await farm.jobs.complete(job.handle)
    return (id, files)
  }

  private static func run(_ audit: Audit, deep: Bool = false, batch: Int64? = nil) async throws -> [String] {
    try await audit.run(deep: deep, batch: batch).map { "\($0.promise) \($0.check) \($0.count)" }
  }

  @Test func missingDamagedAndUntrueFilesAreFound() async throws {
    try await FarmFixture.with { farm in
      try await TestFolder.with { folder in
        let store = ArtifactStore(home: folder)
        let audit = Audit(database: farm.database, store: store)
        let (id, files) = try await Self.publish(farm, store)
        #expect(try await Self.run(audit, deep: true) == ["10 file.provenance 1"])
        let findings = try await audit.run()
        #expect(findings.map(\.check) == ["file.provenance"])
        #expect(
          findings[0].rows == [
            "image 3 of batch \(id): \(files[3].path) is not the image that its row asks for (its provenance has seed 104 "
              + "instead of 103): restore the right file from a backup, or render the batch again"
          ])

        try FileManager.default.removeItem(atPath: files[0].path)
        try Data("short".utf8).write(to: URL(filePath: files[1].path))
        var bytes = try store.read(files[2].sha256)
        bytes[bytes.count - 1] ^= 1
        try Data(bytes).write(to: URL(filePath: files[2].path))
        #expect(
          try await Self.run(audit, batch: id) == ["2 file.damaged 1", "2 file.missing 1", "10 file.provenance 1"])
        #expect(
          try await Self.run(audit, deep: true) == ["2 file.damaged 2", "2 file.missing 1", "10 file.provenance 1"])
        #expect(try await Self.run(audit, deep: true, batch: id + 1) == [])
      }
    }
  }

  @Test func aRowThatContradictsItsFileIsFound() async throws {
    try await FarmFixture.with { farm in
      try await TestFolder.with { folder in
        let store = ArtifactStore(home: folder)
        let audit = Audit(database: farm.database, store: store)
        _ = try await Self.publish(farm, store)
        try await farm.run("UPDATE images SET actual_steps = 19 WHERE idx = 0")
        try await farm.run("UPDATE images SET rgb_sha256 = sha256('x') WHERE idx = 1")
        try await farm.run("UPDATE batches SET model_digest = repeat('c', 64)")
        let findings = try await audit.run()
        #expect(findings.map(\.check) == ["file.provenance"])
        #expect(
          findings.first?.rows.map { $0.split(separator: "has ").last?.split(separator: ")").first ?? "" } == [
            "20 steps, another model", "other pixels, another model", "another model",
            "seed 104 instead of 103, another model",
          ])
      }
    }
  }
}
