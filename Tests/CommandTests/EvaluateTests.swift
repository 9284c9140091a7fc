import Foundation
import Imaging
import TestSupport
import Testing

@Suite struct EvaluateTests {
  private func evaluate(_ arguments: [String], home: String) async throws -> Program.Outcome {
    try await Program.emofarm.run(["evaluate"] + arguments, environment: ["EMOFARM_HOME": home])
  }

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  /// Writes two pictures for each of two emotions.
  private func pictures(in folder: String) throws {
    for (number, emotion) in ["awe", "fear"].enumerated() {
      try FileManager.default.createDirectory(atPath: "\(folder)/\(emotion)", withIntermediateDirectories: true)
      for index in 0..<2 {
        let color = RGBColor(UInt8(40 * index), UInt8(90 * number), 120)
        let image = RGBImage(width: 64, height: 64, filledWith: color)
        try Data(PNG.encode(image)).write(to: URL(filePath: "\(folder)/\(emotion)/\(index).png"))
      }
    }
  }

  @Test func renderedEmotionsABaselineAndRealPicturesStandSideBySide() async throws {
    try await TestFolder.with { home in
      try pictures(in: "\(home)/real")
      let arguments = [
        "--model", "EmoGen=\(SourceTree.tinyModel)", "--baseline", "--real", "\(home)/real", "--emotions", "awe,fear",
        "--per-emotion", "2", "--steps", "1", "--resamples", "20", "--against", "paper", "--out", "\(home)/report.json",
      ]
      let table = try await evaluate(arguments, home: home)
      #expect(table.status == 0, "\(table)")
      for expected in [
        "EmoGen", "an image of {emotion}", "real pictures", "Emo-A", "Sem-C (attribute)", "FID (attribute classifier)",
        "CoEmoGen", "a high Sem-D alone says little", "the classifier's predictions",
      ] {
        #expect(table.output.contains(expected), "\(expected): \(table.output)")
      }
      let written = try String(contentsOfFile: "\(home)/report.json", encoding: .utf8)
      let json = try await evaluate(arguments + ["--json", "--threads", "1"], home: home)
      #expect(json.output == written)
      let columns = try #require(try object(written)["columns"] as? [[String: Any]])
      #expect(columns.map { $0["role"] as? String } == ["emotion", "baseline", "real"])
      #expect(columns.map { $0["images"] as? Int } == [4, 4, 4])
      let figures = try #require(columns[0]["figures"] as? [String: Any])
      #expect(
        Set(figures.keys) == [
          "emo_a", "sem_c", "sem_d_cosine", "sem_d_mse", "lpips", "perceptual_distance", "fid", "clip_text",
        ])
      // The small model's folder has no network of LPIPS.
      #expect(figures["lpips"] is NSNull && figures["perceptual_distance"] is [String: Any])
      #expect(
        table.output.contains("perceptual distance (attribute classifier)") && table.output.contains(" perceptual d. "))
      let accuracy = try #require(figures["emo_a"] as? [String: Any])
      #expect(Set(accuracy.keys) == ["value", "low", "high"])
    }
  }

  @Test func whatIsNotMeasuredIsNamed() async throws {
    try await TestFolder.with { home in
      let folder = "\(home)/real"
      try pictures(in: folder)
      try FileManager.default.createDirectory(atPath: "\(folder)/joy", withIntermediateDirectories: true)
      for (name, text) in [("awe/broken.png", "not a picture"), ("fear/notes.txt", "notes"), ("joy/a.png", "")] {
        try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
      }
      let arguments = [
        "--folder", folder, "--classifiers", SourceTree.tinyModel, "--emotions", "awe,fear", "--resamples", "20",
      ]
      let table = try await evaluate(arguments, home: home)
      #expect(table.status == 0, "\(table)")
      for expected in [
        "not measured: 3 files or folders", "\(folder)/awe/broken.png: this is neither a PNG, a JPEG nor a WebP",
        "\(folder)/fear/notes.txt: its name is not that of a PNG", "\(folder)/joy: the folder's name is none of",
      ] {
        #expect(table.output.contains(expected), "\(expected): \(table.output)")
      }
      let json = try await evaluate(arguments + ["--json"], home: home)
      let column = try #require((try object(json.output)["columns"] as? [[String: Any]])?.first)
      #expect(column["images"] as? Int == 4 && (column["skipped"] as? [Any])?.count == 3)
    }
  }

  /// The two files have the same stored pixels, and one says that they lie on their side.
  @Test func picturesAreMeasuredUpright() async throws {
    try await TestFolder.with { home in
      var figures: [NSDictionary] = []
      for name in ["turned-6.png", "turned-1.png"] {
        for emotion in ["awe", "fear"] {
          let folder = "\(home)/\(name)/\(emotion)"
          try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
          for (index, file) in ["imaging/\(name)", "imaging/turned-1.png"].enumerated() {
            // Another picture besides, because two equal ones have no spread.
            let source = index == 1 ? "imaging/rgba.png" : file
            try FileManager.default.copyItem(atPath: SourceTree.fixture(source), toPath: "\(folder)/\(index).png")
          }
        }
        let outcome = try await evaluate(
          [
            "--folder", "\(home)/\(name)", "--classifiers", SourceTree.tinyModel, "--emotions", "awe,fear",
            "--resamples", "20", "--json",
          ], home: home)
        #expect(outcome.status == 0, "\(outcome)")
        let column = try #require((try object(outcome.output)["columns"] as? [[String: Any]])?.first)
        figures.append(NSDictionary(dictionary: try #require(column["figures"] as? [String: Any])))
      }
      #expect(figures[0] != figures[1])
    }
  }

  @Test func aModelIsMeasuredWithItsLoRA() async throws {
    try await TestFolder.with { home in
      let lora = SourceTree.fixture("additions/kohya.safetensors")
      let arguments = [
        "--model", SourceTree.tinyModel, "--emotions", "awe,fear", "--per-emotion", "2", "--steps", "2", "--resamples",
        "20", "--json",
      ]
      var figures: [NSDictionary] = []
      for flags in [[], ["--lora", "\(lora):0"], ["--lora", "\(lora):0.8"]] {
        let outcome = try await evaluate(arguments + flags, home: home)
        #expect(outcome.status == 0, "\(outcome)")
        let column = try #require((try object(outcome.output)["columns"] as? [[String: Any]])?.first)
        figures.append(NSDictionary(dictionary: try #require(column["figures"] as? [String: Any])))
        let origin = try #require(column["origin"] as? String)
        #expect(origin.contains(", LoRA kohya.safetensors:") != flags.isEmpty, "\(origin)")
      }
      #expect(figures[0] == figures[1])
      #expect(figures[0] != figures[2])
      let mixtures = try await evaluate(
        [
          "mixtures", "--model", SourceTree.tinyModel, "--pair", "awe+fear", "--images", "2", "--sweep", "none",
          "--steps", "1", "--resamples", "20", "--lora", "\(lora):0.8",
        ], home: home)
      #expect(mixtures.status == 0, "\(mixtures)")
    }
  }

  @Test func aFolderWhoseTextConfigurationsSayWhatPublishedOnesDoIsMeasuredTheSame() async throws {
    try await TestFolder.with { home in
      try pictures(in: "\(home)/pictures")
      try PublishedModel.make(at: "\(home)/published")
      var results: [[String: Any]] = []
      for model in [SourceTree.tinyModel, "\(home)/published"] {
        let outcome = try await evaluate(
          [
            "--folder", "\(home)/pictures", "--emotions", "awe,fear", "--classifiers", model, "--resamples", "20",
            "--json",
          ],
          home: home)
        #expect(outcome.status == 0, "\(outcome)")
        results.append(try #require((try object(outcome.output)["columns"] as? [[String: Any]])?.first))
      }
      #expect(NSDictionary(dictionary: results[0]) == NSDictionary(dictionary: results[1]))
    }
  }

  @Test func aBatchIsMeasuredFromTheStore() async throws {
    try await CommandFarm.with { farm in
      let queued = try await farm("enqueue", "--emotion", "awe", "--count", "2", "--steps", "1")
      #expect(queued.status == 0, "\(queued)")
      let early = try await farm("evaluate", "--batch", "1", "--emotions", "awe")
      #expect(early.status == 1 && early.error.contains("0 of 2 images: wait for it"), "\(early)")
      #expect(try await farm.work().status == 0)
      let outcome = try await farm("evaluate", "--batch", "mine=1", "--emotions", "awe", "--resamples", "20", "--json")
      #expect(outcome.status == 0, "\(outcome)")
      let columns = try #require(try object(outcome.output)["columns"] as? [[String: Any]])
      #expect(columns.map { $0["label"] as? String } == ["mine"] && columns[0]["images"] as? Int == 2)
    }
  }

  @Test func mixturesOfAPairAreRankedAndSwept() async throws {
    try await TestFolder.with { home in
      let arguments = [
        "mixtures", "--model", SourceTree.tinyModel, "--pair", "awe+fear", "--images", "2", "--sweep-images", "1",
        "--sweep", "0,0.5,1", "--steps", "1", "--resamples", "10",
      ]
      let outcome = try await evaluate(arguments, home: home)
      #expect(outcome.status == 0, "\(outcome)")
      #expect(outcome.output.contains("of 1 pair show both emotions first"), "\(outcome.output)")
      #expect(outcome.output.contains("awe") && outcome.output.contains("weight 0.50"))
      let json = try object(try await evaluate(arguments + ["--json"], home: home).output)
      let pair = try #require((json["pairs"] as? [[String: Any]])?.first)
      #expect(pair["pair"] as? String == "awe+fear" && (pair["sweep"] as? [Any])?.count == 3)
      #expect((pair["rises"] as? [String: Bool])?.count == 2)
    }
  }

  @Test(arguments: [
    (["--emotions", "awe,joy"], 2, "'joy' is not one of"),
    (["--per-emotion", "1"], 2, "--per-emotion 1"),
    (["--resamples", "5"], 2, "--resamples 5"),
    (["--emotion-template", "an image"], 2, "must contain {emotion}"),
    (["--mixture", "awe=0.5,joy=0.5"], 2, "unknown emotion 'joy'"),
    (["--folder", "/nowhere"], 1, "has no images of emotions"),
    (["--folder", "FOLDER"], 1, "no images of amusement"),
    (["--folder", "FOLDER", "--emotions", "awe", "--classifiers", "FOLDER"], 1, "no folder 'clip'"),
    (["--model", "/nowhere"], 1, "no such model folder"),
    (["--attributes", "/nowhere.json"], 1, "/nowhere.json"),
    (["mixtures", "--pair", "awe+joy"], 2, "'awe+joy' is not a pair"),
    (["mixtures", "--emotions", "awe"], 2, "one emotion is not a pair"),
    (["mixtures", "--sweep", "0,2"], 2, "numbers from 0 to 1"),
    (["mixtures", "--images", "0"], 2, "--images 0"),
  ])
  func whatCannotBeMeasuredIsSaidInOneMessage(arguments: [String], status: Int32, message: String) async throws {
    try await TestFolder.with { home in
      try pictures(in: "\(home)/pictures")
      let model = arguments.contains("--model") ? [] : ["--classifiers", SourceTree.tinyModel]
      let given = arguments.map { $0.replacing("FOLDER", with: "\(home)/pictures") }
      let outcome = try await Program.emofarm.run(
        ["evaluate"] + given + (arguments.contains("--classifiers") ? [] : model),
        environment: ["EMOFARM_HOME": home], folder: SourceTree.root.path)
      #expect(outcome.status == status, "\(outcome)")
      #expect(outcome.error.contains(message), "\(outcome.error)")
      #expect(outcome.output == "")
    }
  }
}
