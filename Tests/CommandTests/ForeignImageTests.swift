import Admin
import Farm
import Files
import Foundation
import Imaging
import Postgres
import Provenance
import TestSupport
import Testing

/// An intact image of the same farm that is not the one its row requires: every command that reads a batch's images
/// refuses it and names it.
@Suite struct ForeignImageTests {
  enum Fault: CaseIterable {
    case model, seed

    /// Text that the messages contain.
    var difference: String {
      switch self {
      case .model: "its provenance has another model"
      case .seed: "its provenance has seed 57 instead of 8"
      }
    }
  }

  /// Renders a batch of three and replaces the second image by another one, whose digests the row then contains.
  private static func with(
    _ fault: Fault, _ body: @Sendable (CommandFarm, ArtifactStore) async throws -> Void
  ) async throws {
    try await CommandFarm.with { farm in
      let enqueued = try await farm("enqueue", "--emotion", "awe", "--count", "3", "--seed", "7", "--steps", "2")
      #expect(enqueued.output == "1\n", "\(enqueued)")
      let worker = try await farm.work()
      #expect(worker.status == 0, "\(worker)")
      // The other model has the same weights and therefore renders the same pixels: only the provenance differs.
      let model = try ModelCopy.make(in: farm.home)
      try ModelCopy.change("scheduler/scheduler_config.json", of: model) { $0 += Data("\n".utf8) }
      let rendered = try await farm(
        "render", "--emotion", "awe", "--steps", "2", "--seed", fault == .seed ? "57" : "8", "--model",
        fault == .model ? model : SourceTree.tinyModel, "--out", "\(farm.home)/other")
      #expect(rendered.status == 0, "\(rendered)")
      let bytes = Array(try Data(contentsOf: URL(filePath: "\(farm.home)/other/000000.png")))
      let record = try PNGProvenance.verify(bytes, named: "other")
      let store = ArtifactStore(home: farm.home)
      let file = try store.put(bytes)
      try await farm.query(
        """
        UPDATE images SET sha256 = decode(\(file.sha256), 'hex'), rgb_sha256 = decode(\(record.rgbSHA256), 'hex'),
          bytes = \(file.bytes) WHERE batch_id = 1 AND idx = 1
        """)
      try await body(farm, store)
    }
  }

  @Test(.timeLimit(.minutes(10)), arguments: Fault.allCases) func everyReaderRefusesIt(fault: Fault) async throws {
    try await Self.with(fault) { farm, store in
      let verify = try await farm("verify", "1")
      #expect(verify.status == 1, "\(verify)")
      #expect(verify.output.contains("image 1: ") && verify.output.contains(fault.difference), "\(verify)")
      #expect(verify.output.contains("2 of 3 images verified"), "\(verify)")

      let audit = try await farm("audit", "--deep")
      #expect(audit.status == 1 && audit.output.contains(fault.difference), "\(audit)")

      let export = try await farm("export", "1", "--out", "\(farm.home)/dataset")
      #expect(export.status == 1 && export.error.contains(fault.difference), "\(export)")
      #expect(!FileManager.default.fileExists(atPath: "\(farm.home)/dataset"))

      let sheet = try await farm("sheet", "1", "--out", "\(farm.home)/sheet.png")
      #expect(sheet.status == 1 && sheet.error.contains(fault.difference), "\(sheet)")
      #expect(!FileManager.default.fileExists(atPath: "\(farm.home)/sheet.png"))

      // `evaluate --batch` reads images this way.
      let database = FarmDatabase(pool: PostgresPool(farm.configuration))
      var seen = 0
      let error = await #expect(throws: FarmError.self) {
        try await BatchPictures(images: database.images, store: store).forEach(of: 1) { _, _, _ in seen += 1 }
      }
      #expect(error?.code == .artifactUntrue && error?.message.contains(fault.difference) == true)
      #expect(seen == 1)
      await database.close()
    }
  }
}
