import Foundation
import TestSupport
import Testing

@Suite struct ModelCommandTests {
  @Test func aChangedFolderIsNamedFileByFileUntilItIsReplaced() async throws {
    try await CommandFarm.with { farm in
      let model = try ModelCopy.make(in: farm.home)
      #expect(try await farm("models", "add", "mine", model).status == 0)
      #expect(try await farm("models", "add", "mine", model).status == 0)
      #expect(try await farm("models", "verify").output == "mine: unchanged\n")

      try ModelCopy.change("tokenizer/merges.txt", of: model) { $0 += Data("\n".utf8) }
      let verify = try await farm("models", "verify", "mine")
      #expect(verify.status == 1)
      #expect(verify.output.contains("tokenizer/merges.txt (changed)"), "\(verify)")
      let again = try await farm("models", "add", "mine", model)
      #expect(again.status == 1)
      #expect(again.error.contains("tokenizer/merges.txt (changed)"), "\(again.error)")
      #expect(try await farm("models", "add", "mine", model, "--replace").status == 0)
      #expect(try await farm("models", "verify", "--json").status == 0)
    }
  }

  @Test func aFolderThatIsNoModelIsRefused() async throws {
    try await CommandFarm.with { farm in
      let outcome = try await farm("models", "add", "mine", farm.home)
      #expect(outcome.status == 1)
      #expect(outcome.error.contains("model_index.json"), "\(outcome.error)")
    }
  }

  @Test func anUnknownModelIsRefusedWithTheNearestName() async throws {
    try await CommandFarm.with { farm in
      _ = try await farm("models", "add", "mine", SourceTree.tinyModel)
      let outcome = try await farm("enqueue", "--emotion", "awe", "--count", "1", "--model", "mien")
      #expect(outcome.status == 1)
      #expect(outcome.error.contains("did you mean 'mine'?"), "\(outcome.error)")
    }
  }

  @Test func emotionsArePluggedIntoABaseOfTheSameTextWidth() async throws {
    try await TestFolder.with { home in
      let environment = ["EMOFARM_HOME": home]
      func emofarm(_ arguments: String...) async throws -> Program.Outcome {
        try await Program.emofarm.run(arguments, environment: environment)
      }
      let (tiny, plugged) = (SourceTree.tinyModel, "\(home)/plugged")
      let made = try await emofarm("models", "plug", "--emotions", tiny, "--base", tiny, "--out", plugged)
      #expect(made.status == 0 && made.output == "\(plugged)\n", "\(made)")
      for (model, out) in [(tiny, "a"), (plugged, "b")] {
        let outcome = try await emofarm(
          "render", "--emotion", "awe", "--steps", "1", "--model", model, "--trace", "\(home)/\(out).safetensors",
          "--out", "\(home)/\(out)")
        #expect(outcome.status == 0, "\(outcome)")
      }
      let traces = try ["a", "b"].map { try Data(contentsOf: URL(filePath: "\(home)/\($0).safetensors")) }
      #expect(traces[0] == traces[1])
      let again = try await emofarm("models", "plug", "--emotions", tiny, "--base", tiny, "--out", plugged)
      #expect(again.status == 1 && again.error.contains("not empty"), "\(again)")

      let narrow = try ModelCopy.make(in: home)
      try ModelCopy.change("mapper/config.json", of: narrow) { data in
        data = Data(String(decoding: data, as: UTF8.self).replacing(#""output": 128"#, with: #""output": 64"#).utf8)
      }
      let refused = try await emofarm("models", "plug", "--emotions", narrow, "--base", tiny, "--out", "\(home)/no")
      #expect(refused.status == 1 && refused.error.contains("mapper"), "\(refused)")
    }
  }
}
