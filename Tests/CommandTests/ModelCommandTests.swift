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
}
