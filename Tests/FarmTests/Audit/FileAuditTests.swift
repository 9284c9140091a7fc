import Farm
import Foundation
import Imaging
import Postgres
import Provenance
import TestSupport
import Testing
import Vocabulary

@Suite struct FileAuditTests {
  /// A file as a worker would write it, or one whose provenance has a wrong seed.
  private static func file(
    _ job: ClaimedJob, _ index: Int, lies: Bool = false
  ) throws -> (image: RGBImage, png: [UInt8]) {
    let (width, height) = (job.settings.width, job.settings.height)
    let image = RGBImage(width: width, height: height, filledWith: RGBColor(UInt8(index), 0, 0))
    let record = ProvenanceRecord(
      generator: .init(version: "0"),
      spec: .init(subject: job.subject, settings: job.settings, seed: job.seed(of: index) + (lies ? 1 : 0)),
      emotionVector: [[0.5]], sampler: job.settings.sampler, actualSteps: job.settings.steps,
      networkCalls: job.settings.steps, model: .init(name: job.model.name, digest: job.model.digest, files: []),
      engineKind: FarmFixture.engine, width: width, height: height, rgbSHA256: image.sha256)
    return (image, try PNGProvenance.encode(image, record))
  }

  private static func publish(_ farm: FarmFixture, _ store: ArtifactStore) async throws -> (batch: Int64, [Artifact]) {
    let id = try await farm.enqueue(count: 4, emotions: [.awe])
    let job = try await farm.claimOne()
    var files: [Artifact] = []
    for index in job.missing {
      let made = try file(job, index, lies: index == 3)
      let stored = try store.put(made.png)
      files.append(stored)
      let image = NewImage(
        index: index, seed: job.seed(of: index), specSHA256: job.specSHA256, modelDigest: job.model.digest,
        sha256: stored.sha256, rgbSHA256: made.image.sha256, bytes: stored.bytes, actualSteps: job.settings.steps,
        engine: FarmFixture.engine, seconds: 1)
      #expect(try await farm.jobs.publish(job.handle, image, lease: FarmFixture.lease) == .published)
    }
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
