import Foundation
import Imaging
import TestSupport
import Testing

/// `emofarm dataset`, on a dataset that it draws and that is then damaged.
@Suite struct DatasetCommandTests {
  private func run(_ arguments: String...) async throws -> Program.Outcome {
    try await Program.emofarm.run(["dataset"] + arguments)
  }

  /// Draws 64 small pictures and passes their folder.
  private func drawn(_ body: (String) async throws -> Void) async throws {
    try await TestFolder.with { folder in
      let outcome = try await run("synth", "--out", folder, "--per-attribute", "2", "--size", "32", "--seed", "3")
      #expect(outcome.status == 0)
      #expect(outcome.output == "\(folder)\n")
      #expect(outcome.error == "drew 64 pictures: train 54, val 5, test 5\n")
      try await body(folder)
    }
  }

  private func change(_ path: String, _ change: (String) -> String) throws {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    try Data(change(text).utf8).write(to: URL(filePath: path))
  }

  private func rows(_ path: String) throws -> [[String]] {
    try JSONDecoder().decode([[String]].self, from: Data(contentsOf: URL(filePath: path)))
  }

  private func append(_ new: [[String]], to path: String) throws {
    try JSONEncoder().encode(rows(path) + new).write(to: URL(filePath: path))
  }

  @Test func aDrawnDatasetIsClean() async throws {
    try await drawn { folder in
      let outcome = try await run("check", folder)
      #expect(outcome.status == 0, "\(outcome)")
      try GoldenText.expect(GoldenText.normalised(outcome.output, home: folder), "dataset-clean.txt")
    }
  }

  @Test func everyFaultIsListedAndTheExitCodeIsOne() async throws {
    try await drawn { folder in
      try FileManager.default.removeItem(atPath: "\(folder)/image/awe/awe_00002.jpg")
      try FileManager.default.removeItem(atPath: "\(folder)/annotation/fear/fear_00002.json")
      let broken = URL(filePath: "\(folder)/image/anger/anger_00001.jpg")
      try Data(contentsOf: broken).prefix(500).write(to: broken)
      try change("\(folder)/annotation/awe/awe_00001.json") { $0.replacing("galaxy", with: "comet") }
      try change("\(folder)/annotation/disgust/disgust_00001.json") { $0.replacing("\"disgust\"", with: "\"fear\"") }
      try change("\(folder)/annotation/disgust/disgust_00002.json") { _ in "{" }
      try change("\(folder)/annotation/sadness/sadness_00001.json") { _ in "{\"scene\": null}" }
      let first = try rows("\(folder)/train.json")[0]
      try append(
        [["joy", "a.jpg", "a.json"], ["awe", "../a.jpg", "a.json"], ["awe"], first], to: "\(folder)/train.json")
      try append([first], to: "\(folder)/val.json")
      let outcome = try await run("check", folder)
      #expect(outcome.status == 1, "\(outcome)")
      try GoldenText.expect(GoldenText.normalised(outcome.output, home: folder), "dataset-faults.txt")
      let json = try await run("check", folder, "--json")
      #expect(json.status == 1)
      try GoldenText.expect(GoldenText.normalised(json.output, home: folder), "dataset-faults.json")
    }
  }

  @Test func aFolderOfAnotherKindIsWrongInput() async throws {
    try await TestFolder.with { folder in
      for path in [folder, "\(folder)/none"] {
        let outcome = try await run("check", path)
        #expect(outcome.status == 2)
        #expect(outcome.error.hasPrefix("emofarm: \(path)/info.json is missing"), "\(outcome.error)")
      }
      #expect(try await run("check").status == 2)
    }
  }

  @Test func theSheetIsDrawnAloneOrBesideADataset() async throws {
    try await TestFolder.with { folder in
      let outcome = try await run("synth", "--sheet", "\(folder)/sheet.png", "--size", "32", "--json")
      #expect(outcome.status == 0, "\(outcome)")
      try GoldenText.expect(outcome.output.replacing(folder, with: "HOME"), "dataset-synth.json")
      #expect(try ImageFile.read("\(folder)/sheet.png").width > 16 * 32)
    }
  }

  @Test(arguments: [
    [], ["--out", "x", "--size", "16"], ["--out", "x", "--per-attribute", "0"], ["--out", "x", "--seed", "-1"],
  ]) func wrongNumbersAreWrongUsage(arguments: [String]) async throws {
    #expect(try await Program.emofarm.run(["dataset", "synth"] + arguments).status == 2)
  }

  @Test func whatIsInTheFolderIsNotOverwritten() async throws {
    try await drawn { folder in
      let outcome = try await run("synth", "--out", folder, "--per-attribute", "3", "--size", "32", "--seed", "3")
      #expect(outcome.status == 1)
      #expect(outcome.error.contains("choose another folder"), "\(outcome.error)")
    }
  }
}
