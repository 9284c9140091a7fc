import Foundation
import Scoring
import TestSupport
import Testing
import Training
import Vocabulary

/// `emofarm models import`, with files that PyTorch wrote: `Tests/Fixtures/import`.
@Suite struct ModelsImportTests {
  private func source(_ name: String) -> String { SourceTree.fixture("import/\(name)") }

  private func run(_ arguments: String...) async throws -> Program.Outcome {
    try await Program.emofarm.run(["models", "import"] + arguments)
  }

  @Test func aReleaseBecomesTheModelsParts() async throws {
    try await TestFolder.with { folder in
      let out = "\(folder)/model"
      let confidence = SourceTree.fixture("pickle/confidence-arrays-4.pkl")
      let outcome = try await run(
        source("space"), confidence, source("encoder.pth"), source("classifier.pth"), source("mapper.pth"), "--out",
        out, "--image-size", "32")
      #expect(outcome.status == 0 && outcome.error == "", "\(outcome)")
      try GoldenText.expect(outcome.output, "models-import.txt")

      let emotions = Emotion.names
      let table = try Confidence(file: "\(out)/emotion_space/confidence.json", emotions: emotions).table
      #expect(Set(table.keys) == ["cemetery", "ferris_wheel"])
      _ = try EmotionClassifier(folder: "\(out)/emotion_classifier", width: 6, hasConfiguration: true)
      let written = try String(contentsOfFile: "\(out)/emotion_encoder/config.json", encoding: .utf8)
      #expect(written.contains("\"image_size\" : 32"))
    }
  }

  @Test func theRecordIsPrintedAsJSON() async throws {
    try await TestFolder.with { folder in
      let outcome = try await run(source("mapper.pth"), "--out", folder, "--json")
      #expect(outcome.status == 0 && outcome.error == "", "\(outcome)")
      try GoldenText.expect(GoldenText.normalised(outcome.output), "models-import.json")
      #expect(try await run(source("classifier.pth"), "--out", folder).status == 0)
      let record = try String(contentsOfFile: "\(folder)/import.json", encoding: .utf8)
      #expect(record.contains("mapper/config.json") && record.contains("emotion_classifier/config.json"))
    }
  }

  @Test func aHostileFileIsRefusedByTheGlobalItNames() async throws {
    try await TestFolder.with { folder in
      let file = "\(folder)/encoder.pth"
      let marker = "\(folder)/marker"
      let command = Array("touch \(marker)".utf8)
      let pickle =
        [0x80, 2] + Array("cposix\nsystem\n".utf8) + [0x8c, UInt8(truncatingIfNeeded: command.count)] + command
        + [0x85, 0x52, 0x2e]
      try Data(pickle).write(to: URL(filePath: file))
      let outcome = try await run(source("space"), file, "--out", "\(folder)/model")
      #expect(outcome.status == 1 && outcome.output == "", "\(outcome)")
      #expect(
        outcome.error.hasPrefix("emofarm: \(file) at byte 2: the pickle names 'posix.system'"), "\(outcome.error)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["encoder.pth"])
    }
  }

  @Test func anUnknownFileIsRefusedWithItsTensors() async throws {
    try await TestFolder.with { folder in
      let outcome = try await run(source("layer.pth"), "--out", "\(folder)/model")
      #expect(outcome.status == 1 && outcome.output == "")
      #expect(outcome.error.contains("'fc.weight' [6, 6], 'fc.bias' [6]"), "\(outcome.error)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
    }
  }

  @Test func aPartThatIsThereIsOverwrittenWithReplaceOnly() async throws {
    try await TestFolder.with { folder in
      #expect(try await run(source("mapper.pth"), "--out", folder).status == 0)
      let again = try await run(source("mapper.pth"), "--out", folder)
      #expect(again.status == 1 && again.error.contains("--replace"), "\(again)")
      #expect(try await run(source("mapper.pth"), "--out", folder, "--replace").status == 0)
    }
  }

  /// An import replaces files one by one; a folder with only some of the new files is not a model.
  @Test func anImportThatEndsInTheMiddleLeavesNoModelUntilItIsRunAgain() async throws {
    try await TestFolder.with { folder in
      let model = try ModelCopy.make(in: folder)
      let classifier = "\(model)/emotion_classifier"
      try? FileManager.default.removeItem(atPath: classifier)
      // This folder blocks the last part.
      try Data().write(to: URL(filePath: classifier))
      let arguments = [source("encoder.pth"), source("classifier.pth"), "--out", model, "--image-size", "32"]
      let outcome = try await Program.emofarm.run(["models", "import", "--replace"] + arguments)
      #expect(outcome.status == 1 && outcome.error.contains("emotion_classifier"), "\(outcome)")
      let render = [
        "render", "--emotion", "awe", "--steps", "1", "--model", model, "--out", "\(folder)/pictures",
      ]
      let refused = try await Program.emofarm.run(render, environment: ["EMOFARM_HOME": folder])
      #expect(refused.status == 1 && refused.error.contains("was interrupted"), "\(refused)")
      #expect(refused.error.contains("emotion_encoder/model.safetensors"), "\(refused)")
      try FileManager.default.removeItem(atPath: classifier)
      let again = try await Program.emofarm.run(["models", "import"] + arguments)
      #expect(again.status == 0, "\(again)")
      #expect(try await Program.emofarm.run(render, environment: ["EMOFARM_HOME": folder]).status == 0)
    }
  }

  @Test(arguments: [
    ([], "Missing expected argument '<source> ...'"),
    (["a.pth"], "--out"),
    (["a.pth", "--out", "x", "--image-size", "0"], "--image-size 0"),
    (["a.pth", "--out", "x", "--std", "0"], "--std 0"),
    (["a.pth", "--out", "x", "--mean", "nan"], "--mean nan"),
  ])
  func wrongUsageExitsWithTwo(arguments: [String], message: String) async throws {
    let outcome = try await Program.emofarm.run(["models", "import"] + arguments)
    #expect(outcome.status == 2 && outcome.output == "")
    #expect(outcome.error.contains(message), "\(outcome.error)")
  }
}
