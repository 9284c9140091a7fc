import Foundation
import Imaging
import TestSupport
import Testing

/// Exports, sheets and reports of a batch that a real worker rendered.
@Suite struct DatasetTests {
  private func rendered(_ body: @Sendable (CommandFarm) async throws -> Void) async throws {
    try await CommandFarm.with { farm in
      let enqueued = try await farm(
        "enqueue", "--emotion", "fear", "--emotion", "awe", "--count", "3", "--steps", "2", "--chunk", "2")
      #expect(enqueued.output == "1\n", "\(enqueued)")
      let worker = try await farm.work()
      #expect(worker.status == 0, "\(worker)")
      try await body(farm)
    }
  }

  private func contents(_ folder: String) throws -> [String: Data] {
    let paths = FileManager.default.enumerator(atPath: folder)?.allObjects as? [String] ?? []
    var contents: [String: Data] = [:]
    for path in paths {
      contents[path] = FileManager.default.contents(atPath: "\(folder)/\(path)")
    }
    return contents
  }

  @Test(.timeLimit(.minutes(10))) func aFinishedBatchIsVerifiedExportedAndDrawn() async throws {
    try await rendered { farm in
      let wait = try await farm("wait", "1")
      #expect(wait.status == 0, "\(wait)")
      #expect(try await farm("watch", "1").output == "batch 1 done: 6 of 6 images (100 %); 4 jobs: 4 done\n")
      #expect(try await farm("verify", "1").output == "6 of 6 images verified\n")
      #expect(try await farm("audit", "--deep").output == "clean: every promise holds\n")

      let (one, two) = ("\(farm.home)/one", "\(farm.home)/two")
      let export = try await farm(
        "export", "1", "--format", "imagefolder", "--out", one, "--split", "train=0.5,test=0.5")
      #expect(export.status == 0, "\(export)")
      #expect(export.output == "\(one)\n")
      _ = try await farm("export", "1", "--out", two, "--split", "train=0.5,test=0.5")
      let files = try contents(one)
      #expect(try files == contents(two))
      #expect(files.keys.filter { $0.hasSuffix(".png") }.count == 6)
      let metadata = String(decoding: files["train/metadata.jsonl"] ?? Data(), as: UTF8.self)
      #expect(metadata.contains(#""emotion":"fear""#) || metadata.contains(#""emotion": "fear""#), "\(metadata)")

      let folder = try await farm("verify", one)
      #expect(
        folder.output.hasPrefix("6 of 6 images verified; ") && folder.status == 0, "\(folder)")

      let sheet = "\(farm.home)/sheet.png"
      let drawn = try await farm("sheet", "1", "--out", sheet, "--columns", "3", "--json")
      #expect(drawn.status == 0, "\(drawn)")
      #expect(drawn.output.contains(#""rows" : 2"#))
      let picture = try PNG.decode(Array(FileManager.default.contents(atPath: sheet) ?? Data()), named: sheet).image
      #expect(picture.width > 3 * 64 && picture.height > 2 * 64)

      let exported = try #require(files.keys.filter { $0.hasSuffix(".png") }.sorted().first)
      let inspected = try await farm("inspect", "\(one)/\(exported)")
      #expect(inspected.output.contains("Emotion         "), "\(inspected)")
      #expect(try await farm("replay", "\(one)/\(exported)").status == 0)

      let dry = try await farm("enqueue", "--emotion", "awe", "--count", "10", "--dry-run")
      #expect(dry.output.contains("estimated from 6 recent images"), "\(dry)")
    }
  }

  @Test(.timeLimit(.minutes(10))) func aDamagedFileIsFoundAndNeverExported() async throws {
    try await rendered { farm in
      let victim = try #require(farm.artifacts().first)
      var bytes = try Data(contentsOf: URL(filePath: victim))
      bytes[bytes.count / 2] ^= 1
      try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: victim)
      try bytes.write(to: URL(filePath: victim))
      let verify = try await farm("verify", "1")
      #expect(verify.status == 1)
      #expect(verify.output.contains("5 of 6 images verified"), "\(verify)")
      let audit = try await farm("audit", "--deep", "--json")
      #expect(audit.status == 1)
      #expect(audit.output.contains("file.damaged"), "\(audit)")
      let export = try await farm("export", "1", "--out", "\(farm.home)/out")
      #expect(export.status == 1)
      #expect(!FileManager.default.fileExists(atPath: "\(farm.home)/out"))
    }
  }

  @Test func anUnfinishedBatchIsExportedOnlyOnRequest() async throws {
    try await CommandFarm.with { farm in
      _ = try await farm("enqueue", "--emotion", "awe", "--count", "3")
      let refused = try await farm("export", "1", "--out", "\(farm.home)/out")
      #expect(refused.status == 1)
      #expect(refused.error.contains("batch 1 is queued with 0 of 3 images"), "\(refused.error)")
      let empty = try await farm("export", "1", "--out", "\(farm.home)/out", "--partial")
      #expect(empty.status == 1)
      #expect(empty.error.contains("no image yet"))
      let sheet = try await farm("sheet", "1", "--out", "\(farm.home)/sheet.png")
      #expect(sheet.status == 1)
      #expect(!FileManager.default.fileExists(atPath: "\(farm.home)/sheet.png"))
      #expect(!FileManager.default.fileExists(atPath: "\(farm.home)/out"))
    }
  }

  /// A changed model folder is this host's fault until the farm itself takes the change over.
  @Test(.timeLimit(.minutes(10))) func aJobWhoseModelChangedWaitsAndFailsWhenTheModelIsReplaced() async throws {
    try await CommandFarm.with { farm in
      let model = try ModelCopy.make(in: farm.home)
      #expect(try await farm("models", "add", "mine", model).status == 0)
      _ = try await farm("enqueue", "--emotion", "awe", "--count", "1", "--model", "mine")
      try ModelCopy.change("scheduler/scheduler_config.json", of: model) { $0 += Data("\n".utf8) }
      let refused = try await farm.work()
      #expect(refused.status == 3)
      #expect(refused.error.contains("scheduler/scheduler_config.json"), "\(refused.error)")
      #expect(try await farm("events").output.contains("scheduler/scheduler_config.json"))
      #expect(try await farm("models", "add", "mine", model, "--replace").status == 0)
      #expect(try await farm.work().status == 0)
      let status = try await farm("status", "1").output
      #expect(status.contains("Batch 1  awe  failed"), "\(status)")
      #expect(status.contains("registered again"), "\(status)")
      #expect(status.contains("emofarm retry 1"))
      #expect(try await farm("wait", "1").status == 1)
    }
  }
}
