import Files
import Foundation
import Postgres
import TestSupport
import Testing

/// After an interruption, an export's folder is missing, the old dataset or the new one.
@Suite struct ExportTests {
  /// Starts an export and kills it at a point of its work.
  private func kill(_ farm: CommandFarm, at point: String, _ arguments: String...) async throws {
    let gate = try Gate(point, in: "\(farm.home)/gates")
    let killed = try await Program.emofarm.killed(
      ["export", "1"] + arguments,
      environment: farm.environment.merging([DebugGates.variable: "\(farm.home)/gates"]) { $1 }
    ) { gate.holds() }
    try #require(killed, "the export ended before it came to \(point)")
  }

  @Test(.timeLimit(.minutes(10))) func aKilledExportLeavesNothingToLoadAndGoesOn() async throws {
    try await CommandFarm.with { farm in
      try await farm.painted(images: 40)
      let parent = "\(farm.home)/datasets"
      let out = "\(parent)/out"
      for point in ["export-image-1", "export-image-25", "export-image-40", "export-metadata-train", "export-card"] {
        try await kill(farm, at: point, "--out", out)
        #expect(try FileManager.default.contentsOfDirectory(atPath: parent) == [".out.emofarm-partial"], "\(point)")
      }
      let outcome = try await farm("export", "1", "--out", out, "--json")
      #expect(outcome.status == 0 && outcome.output.contains(#""kept" : 40"#), "\(outcome)")
      #expect(try await farm("export", "1", "--out", "\(parent)/whole").status == 0)
      #expect(contents(below: out) == contents(below: "\(parent)/whole"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: parent).sorted() == ["out", "whole"])
    }
  }

  @Test(.timeLimit(.minutes(10))) func aKilledExportLeavesTheEarlierDatasetOrTheNewOne() async throws {
    try await CommandFarm.with { farm in
      try await farm.painted(images: 40)
      let parent = "\(farm.home)/datasets"
      let (out, split) = ("\(parent)/out", "train=0.5,test=0.5")
      #expect(try await farm("export", "1", "--out", out).status == 0)
      let old = contents(below: out)
      #expect(try await farm("export", "1", "--out", "\(parent)/new", "--split", split).status == 0)
      let new = contents(below: "\(parent)/new")
      for point in ["export-image-1", "export-image-33", "export-metadata-test", "export-card"] {
        try await kill(farm, at: point, "--out", out, "--split", split)
        #expect(contents(below: out) == old, "\(point)")
      }
      // The earlier dataset waits in the hidden folder for its removal.
      try await kill(farm, at: "export-published", "--out", out, "--split", split)
      #expect(contents(below: out) == new)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: parent).sorted() == [".out.emofarm-partial", "new", "out"])
      #expect(try await farm("export", "1", "--out", out, "--split", split).status == 0)
      #expect(contents(below: out) == new)
      #expect(try FileManager.default.contentsOfDirectory(atPath: parent).sorted() == ["new", "out"])
    }
  }

  /// Twenty moments of an export that replaces an earlier one, wherever it then is.
  @Test(.timeLimit(.minutes(10))) func anExportThatIsKilledAtAnyMomentIsNeverSeenHalfDone() async throws {
    try await CommandFarm.with { farm in
      try await farm.painted(images: 60)
      let out = "\(farm.home)/out"
      let first = ["export", "1", "--out", out]
      let second = first + ["--split", "train=0.5,test=0.5", "--csv"]
      func run(_ arguments: [String]) async throws -> [String: Data] {
        let outcome = try await Program.emofarm.run(
          arguments, environment: farm.environment, folder: SourceTree.root.path)
        #expect(outcome.status == 0, "\(outcome)")
        return contents(below: out)
      }
      var (old, new) = (try await run(first), try await run(second))
      _ = try await run(first)
      let start = ContinuousClock.now
      #expect(try await run(second) == new)
      let whole = start.duration(to: .now)
      var (seen, next) = (new, first)
      (old, new) = (new, old)
      for moment in 0..<20 {
        let limit = ContinuousClock.now + whole * (Double(moment) + Double.random(in: 0..<1)) / 20
        _ = try await Program.emofarm.killed(next, environment: farm.environment) { ContinuousClock.now >= limit }
        seen = contents(below: out)
        #expect(seen == old || seen == new, "moment \(moment)")
        // A reader during the kill saw one of them; the next run has the other one as its aim if this one got there.
        if seen == new {
          (old, new) = (new, old)
          next = next == first ? second : first
        }
      }
      #expect(try await run(next) == new)
    }
  }

  @Test(.timeLimit(.minutes(10))) func anotherFarmsBatchOfTheSameNumberIsNotReplaced() async throws {
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
        // Neither a sheet nor a render may replace an exported image or take a name that exports use.
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

        // Only a sheet of the same batch replaces a sheet.
        let sheet = "\(first.home)/sheet.png"
        #expect(try await first("sheet", "1", "--out", sheet).status == 0)
        let drawn = try Data(contentsOf: URL(filePath: sheet))
        let other = try await second("sheet", "1", "--out", sheet)
        #expect(other.status == 2, "\(other)")
        #expect(other.error.contains("exists already and is a contact sheet of batch 1 of the database"), "\(other)")
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
    ["evaluate", "--model", "SELF", "--emotions", "awe", "--per-emotion", "2", "--out", "DIR/000000.png"],
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
      #expect(outcome.error.contains("\(file) exists already and is not a"), "\(outcome)")
      #expect(outcome.error.contains("remove it, or choose another file"), "\(outcome)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["000000.png"])
      #expect(FileManager.default.contents(atPath: file) == Data("a picture of mine".utf8))
    }
  }
}
