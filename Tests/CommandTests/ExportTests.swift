import Foundation
import Postgres
import TestSupport
import Testing

/// What is in the place of an export: nothing, the old dataset or the new one.
@Suite struct ExportTests {
  private static func count(_ folder: String) -> Int {
    (try? FileManager.default.contentsOfDirectory(atPath: folder))?.count ?? 0
  }

  @Test(.timeLimit(.minutes(5))) func aKilledExportLeavesTheOldDatasetOrTheNewOne() async throws {
    try await CommandFarm.with { farm in
      let images = 2000
      try await farm.painted(images: images)
      let parent = "\(farm.home)/datasets"
      let (out, hidden) = ("\(parent)/out", "\(parent)/.out.emofarm-partial")
      func killed(_ split: String, when condition: () -> Bool) async throws -> Bool {
        try await Program.emofarm.killed(
          ["export", "1", "--out", out, "--split", split], environment: farm.environment, when: condition)
      }
      // Nothing in the place: no file appears there before all of them do.
      var inTheMiddle = 0
      for share in [1, 400, 900, 1600] {
        let wasKilled = try await killed("train=1") { Self.count("\(hidden)/train") >= share }
        if wasKilled, FileManager.default.fileExists(atPath: hidden) {
          inTheMiddle += 1
          #expect(!FileManager.default.fileExists(atPath: out))
        }
        try? FileManager.default.removeItem(atPath: out)
      }
      #expect(inTheMiddle > 0, "no export was killed while it was writing")
      // The same command goes on, and what it makes is what an undisturbed one makes.
      #expect(try await farm("export", "1", "--out", out).status == 0)
      #expect(try await farm("export", "1", "--out", "\(parent)/whole").status == 0)
      let old = contents(below: out)
      #expect(old == contents(below: "\(parent)/whole"))
      #expect(old.count == images + 4)

      // An earlier export in the place: it is there until the new one is.
      let split = "train=0.5,test=0.5"
      let new = "\(parent)/new"
      #expect(try await farm("export", "1", "--out", new, "--split", split).status == 0)
      let whole = contents(below: new)
      let moments: [@Sendable () -> Bool] = [
        { Self.count("\(hidden)/train") >= 1 }, { Self.count("\(hidden)/test") >= 300 },
        { FileManager.default.fileExists(atPath: "\(hidden)/README.md") },
        // The earlier dataset is being removed.
        { FileManager.default.fileExists(atPath: "\(out)/test") },
      ]
      for moment in moments {
        _ = try await killed(split, when: moment)
        let now = contents(below: out)
        #expect(now == old || now == whole)
        if now == whole { #expect(try await farm("export", "1", "--out", out).status == 0) }
        #expect(contents(below: out) == old)
      }
      #expect(try await farm("export", "1", "--out", out, "--split", split).status == 0)
      #expect(contents(below: out) == whole)
      #expect(try FileManager.default.contentsOfDirectory(atPath: parent).sorted() == ["new", "out", "whole"])
    }
  }

  @Test(.timeLimit(.minutes(3))) func anotherFarmsBatchOfTheSameNumberIsNotReplaced() async throws {
    try await CommandFarm.with { first in
      try await CommandFarm.with { second in
        try await first.painted(images: 3, seed: 10)
        try await second.painted(images: 2, seed: 90)
        let out = "\(first.home)/dataset"
        #expect(try await first("export", "1", "--out", out).status == 0)
        let dataset = contents(below: out)

        let export = try await second("export", "1", "--out", out)
        #expect(export.status == 1, "\(export)")
        #expect(
          export.error.contains("holds another export (batch 1 of the database '\(first.configuration.database)'"))
        #expect(export.error.contains("choose another folder"))
        // A sheet may not take the place of an exported image, nor a render or a new name that exports use.
        for file in ["train/000000.png", "train/metadata.jsonl", "README.md", "train/000007.png"] {
          let sheet = try await second("sheet", "1", "--out", "\(out)/\(file)")
          #expect(sheet.status == 2 && sheet.error.contains("belongs to the export in \(out)"), "\(sheet)")
        }
        let render = try await second(
          "render", "--emotion", "awe", "--steps", "1", "--model", SourceTree.tinyModel, "--out", "\(out)/train")
        #expect(render.status == 2 && render.error.contains("belongs to the export in \(out)"), "\(render)")
        #expect(contents(below: out) == dataset)
        #expect(try await first("export", "1", "--out", out).status == 0)
        #expect(contents(below: out) == dataset)

        // A sheet is replaced by one of the same batch alone.
        let sheet = "\(first.home)/sheet.png"
        #expect(try await first("sheet", "1", "--out", sheet).status == 0)
        let drawn = try Data(contentsOf: URL(filePath: sheet))
        let other = try await second("sheet", "1", "--out", sheet)
        #expect(other.status == 2, "\(other)")
        #expect(other.error.contains("is there already and is a contact sheet of batch 1 of the database"), "\(other)")
        #expect(try Data(contentsOf: URL(filePath: sheet)) == drawn)
        #expect(try await first("sheet", "1", "--out", sheet, "--columns", "2").status == 0)
        #expect(try Data(contentsOf: URL(filePath: sheet)) != drawn)
      }
    }
  }

  @Test(arguments: [
    ["render", "--emotion", "awe", "--steps", "1", "--out", "DIR"],
    ["render", "--emotion", "awe", "--steps", "1", "--out", "DIR/new", "--trace", "DIR/000000.png"],
    ["dataset", "synth", "--size", "32", "--sheet", "DIR/000000.png"],
    ["evaluate", "--model", "SELF", "--emotions", "awe", "--per-emotion", "1", "--out", "DIR/000000.png"],
  ]) func aFileThatTheCommandDidNotWriteIsNotReplaced(arguments: [String]) async throws {
    try await TestFolder.with { folder in
      let file = "\(folder)/000000.png"
      try Data("a picture of mine".utf8).write(to: URL(filePath: file))
      let given = arguments.map {
        $0.replacing("DIR", with: folder).replacing("SELF", with: "tiny=\(SourceTree.tinyModel)")
      }
      let model = arguments[0] == "render" ? ["--model", SourceTree.tinyModel] : []
      let outcome = try await Program.emofarm.run(given + model, environment: ["EMOFARM_HOME": folder])
      #expect(outcome.status == 2, "\(outcome)")
      #expect(outcome.error.contains("\(file) is there already and is no "), "\(outcome)")
      #expect(outcome.error.contains("remove it, or name another file"), "\(outcome)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["000000.png"])
      #expect(FileManager.default.contents(atPath: file) == Data("a picture of mine".utf8))
    }
  }
}
