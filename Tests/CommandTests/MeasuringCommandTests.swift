import Foundation
import TestSupport
import Testing
import Vocabulary

/// What is measured where images are made, as commands show it.
@Suite struct MeasuringCommandTests {
  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  private func figures(_ outcome: Program.Outcome) throws -> [(origin: String, figures: [String: [String: Any]])] {
    #expect(outcome.status == 0, "\(outcome)")
    let columns = try #require(try object(outcome.output)["columns"] as? [[String: Any]])
    return try columns.map {
      (
        try #require($0["origin"] as? String),
        try #require($0["figures"] as? [String: Any]).compactMapValues { $0 as? [String: Any] }
      )
    }
  }

  @Test(.timeLimit(.minutes(10))) func measurementsAreShownExportedAndNotMeasuredAgain() async throws {
    try await CommandFarm.with { farm in
      let flags = ["enqueue", "--emotion", "awe", "--emotion", "fear", "--count", "3", "--steps", "2"]
      let plain = try await Program.emofarm.run(flags, environment: farm.environment, folder: SourceTree.root.path)
      #expect(plain.status == 0, "\(plain)")
      let measured = try await Program.emofarm.run(
        flags + ["--measure", "config/models/tiny", "--upload"], environment: farm.environment,
        folder: SourceTree.root.path)
      #expect(measured.status == 0 && measured.error.contains("sent "), "\(measured)")
      let refused = try await farm("enqueue", "--emotion", "awe", "--count", "1", "--measure", "config")
      #expect(refused.status == 1 && refused.error.contains("config has no folder 'clip'"), "\(refused)")
      #expect(try await farm.work().status == 0)

      let status = try await farm("status", "2")
      #expect(status.output.contains("Measures with classifiers "), "\(status)")
      #expect(status.output.matches(of: #/3/3  Emo-A \d+ %/#).count == 2, "\(status)")
      #expect(try await !farm("status", "1").output.contains("Emo-A"))
      let json = try object(try await farm("status", "2", "--json").output)
      let digest = try #require(json["classifiers"] as? String)
      let emotions = try #require(json["emotions"] as? [[String: Any]])
      #expect(emotions.map { $0["images_measured"] as? Int } == [3, 3])

      // Both batches have the same files.
      let files = farm.artifacts()
      #expect(files.count == 6)
      let inspected = try await farm("inspect", files[0], "--database")
      #expect(inspected.output.contains("batch 1, image ") && inspected.output.contains("batch 2, image "))
      #expect(inspected.output.contains("Perceptual hash "), "\(inspected)")
      let rows = try #require(
        try object(try await farm("inspect", files[0], "--database", "--json").output)["farm"] as? [[String: Any]])
      #expect(rows.map { $0["measured"] is NSNull } == [true, false])
      let row = try #require(rows[1]["measured"] as? [String: Any])
      #expect(row["classifiers"] as? String == digest)
      #expect((row["embedding"] as? [Double])?.isEmpty == false)
      let probabilities = try #require(row["emotions"] as? [String: Double])
      #expect(Set(probabilities.keys) == Set(Emotion.names) && abs(probabilities.values.reduce(0, +) - 1) < 1e-3)

      #expect(try await farm("export", "2", "--out", "\(farm.home)/out").status == 0)
      #expect(try await farm("export", "1", "--out", "\(farm.home)/plain").status == 0)
      let table = try String(contentsOfFile: "\(farm.home)/out/train/metadata.jsonl", encoding: .utf8)
      let lines = try table.split(separator: "\n").map { try object(String($0)) }
      #expect(lines.count == 6)
      for line in lines {
        let weights = try #require(line["measured_weights"] as? [Double])
        #expect(weights.count == 8 && abs(weights.reduce(0, +) - 1) < 1e-5)
        #expect(line["measured_emotion"] as? String == Emotion.names[weights.firstIndex(of: weights.max() ?? 0) ?? 0])
        #expect((line["perceptual_hash"] as? String)?.count == 16 && line["measured_content"] is Double)
      }
      let other = try String(contentsOfFile: "\(farm.home)/plain/train/metadata.jsonl", encoding: .utf8)
      #expect(!other.contains("measured") && !other.contains("perceptual_hash"))

      let columns = try figures(
        try await farm(
          "evaluate", "--batch", "1", "--batch", "2", "--emotions", "awe,fear", "--resamples", "20", "--json"))
      #expect(columns.map(\.origin) == ["batch 1", "batch 2, measured where it was made"])
      for (name, figure) in columns[0].figures {
        let (first, second) = (
          figure["value"] as? Double ?? .nan, columns[1].figures[name]?["value"] as? Double ?? .nan
        )
        // Embeddings have 11 significant bits.
        #expect(abs(first - second) <= 2e-3 * max(1, abs(first)), "\(name): \(first) \(second)")
      }
      #expect(columns[0].figures["emo_a"]?["value"] as? Double == columns[1].figures["emo_a"]?["value"] as? Double)
      #expect(try await farm("audit", "--deep").status == 0)
    }
  }

  @Test(.timeLimit(.minutes(10))) func imagesThatAreNotAcceptedAreSaidAndKept() async throws {
    try await CommandFarm.with { farm in
      func specification(_ shortage: String) -> String {
        """
        name: picky
        measure: \(SourceTree.tinyModel)
        accept: {not_blank: true, emotion_probability: 1, tries: 2, on_shortage: \(shortage)}
        settings: {steps: 1}
        cells: [{emotion: awe, count: 2}]
        """
      }
      for shortage in ["partial", "fail"] {
        let queued = try await farm("enqueue", "-", input: specification(shortage))
        #expect(queued.status == 0, "\(queued)")
      }
      #expect(try await farm.work().status == 0)
      let partial = try await farm("status", "1").output
      #expect(
        partial.contains("Rejects  4 images: 4 emotion_probability; 2 images are missing after 2 tries each"),
        "\(partial)")
      let failed = try await farm("status", "2").output
      #expect(failed.contains("no image was accepted in 2 tries for indices 0, 1"), "\(failed)")
      let waited = try await farm("wait", "1")
      #expect(waited.status == 0 && waited.error.contains("0 of 2 images, none was accepted"), "\(waited)")
      #expect(try await farm("wait", "2").status == 1)
      let document = try object(try await farm("status", "1", "--json").output)
      let rejected = try #require(document["rejected"] as? [String: Any])
      #expect(rejected["images"] as? Int == 4 && rejected["exhausted"] as? Int == 2)
      #expect(document["state"] as? String == "done" && document["images_done"] as? Int == 0)

      let path = "\(farm.home)/report.html"
      #expect(try await farm("report", "1", "--out", path).status == 0)
      let report = try String(contentsOfFile: path, encoding: .utf8)
      #expect(report.contains("2 images missing after 2 tries each."))
      #expect(report.contains("<td><code>emotion_probability</code></td><td>at least 1.00</td>"), "\(report)")

      // Their files stay, with the reason.
      let files = farm.artifacts()
      #expect(files.count == 4)
      let inspected = try await farm("inspect", files[0], "--database")
      #expect(inspected.output.contains(" was rejected, emotion_probability 0."), "\(inspected)")
      #expect(try await farm("gc").status == 0)
      #expect(farm.artifacts() == files)
      #expect(try await farm("audit", "--deep").status == 0)

      // An image that is accepted by some classifiers is judged by others.
      let kept = specification("fail").replacing("emotion_probability: 1", with: "emotion_probability: 0")
      #expect(try await farm("enqueue", "-", input: kept).status == 0)
      #expect(try await farm.work().status == 0)
      let columns = try figures(
        try await farm("evaluate", "--batch", "3", "--emotions", "awe", "--resamples", "20", "--json"))
      #expect(columns.map { $0.origin.contains("accepted by these very classifiers") } == [true])
    }
  }
}
