import Foundation
import Postgres
import TestSupport
import Testing

/// Commands on batches without workers.
@Suite struct BatchTests {
  @Test func onlyTheBatchsNumberGoesToStandardOutput() async throws {
    try await CommandFarm.with { farm in
      let outcome = try await farm("enqueue", "--emotion", "all", "--count", "10", "--seed", "5")
      #expect(outcome.status == 0, "\(outcome)")
      #expect(outcome.output == "1\n")
      #expect(outcome.error.contains("registered the default model 'tiny'"))
      #expect(outcome.error.contains("enqueued 80 images in 16 jobs with the model tiny"))
    }
  }

  @Test func aKeyMakesEnqueueingIdempotentAndGuardsItsSpecification() async throws {
    try await CommandFarm.with { farm in
      let arguments = ["enqueue", "--emotion", "awe", "--count", "3", "--key", "nightly"]
      let first = try await Program.emofarm.run(
        arguments, environment: farm.environment, folder: SourceTree.root.path)
      #expect(first.output == "1\n", "\(first)")
      let again = try await farm("enqueue", "--emotion", "awe", "--count", "3", "--key", "nightly", "--json")
      #expect(again.status == 0)
      #expect(again.output.contains(#""created" : false"#))
      let other = try await farm("enqueue", "--emotion", "awe", "--count", "4", "--key", "nightly")
      #expect(other.status == 1)
      #expect(other.error.contains("batch 1 already has the key 'nightly'"), "\(other.error)")
      // Every command accepts the key as the batch's name.
      #expect(try await farm("status", "nightly").output.hasPrefix("Batch 1  awe  queued\n"))
    }
  }

  @Test func aDryRunChangesNothing() async throws {
    try await CommandFarm.with { farm in
      let outcome = try await farm("enqueue", "--emotion", "all", "--count", "10", "--dry-run")
      #expect(outcome.status == 0)
      #expect(outcome.output.hasPrefix("Images  80 in 16 jobs of up to 8, 8 cells\nModel   tiny\nTime    unknown"))
      #expect(outcome.error == "")
      #expect(try await farm("list").output == "")
      #expect(try await farm("models", "list").output == "")
    }
  }

  @Test func aSpecificationIsReadFromAFileOrStandardInput() async throws {
    try await CommandFarm.with { farm in
      let text = "name: tour\ncells:\n  - emotions: [all]\n    count: 2\n  - text: a lamp\n    count: 3\n"
      let outcome = try await farm("enqueue", "-", "--priority", "7", input: text)
      #expect(outcome.output == "1\n", "\(outcome)")
      let status = try await farm("status", "1").output
      #expect(status.contains("Batch 1  tour  queued"))
      #expect(status.contains("priority 7"))
      #expect(status.contains("(plain text)"))
      let mixed = try await farm("enqueue", "-", "--emotion", "awe", input: text)
      #expect(mixed.status == 2)
      #expect(mixed.error.contains("--emotion cannot be combined with a specification file"))
    }
  }

  @Test func aSpecificationsFilesLieInItsFolder() async throws {
    try await CommandFarm.with { farm in
      let folder = "\(farm.home)/specs"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        atPath: SourceTree.fixture("additions/kohya.safetensors"), toPath: "\(folder)/style.safetensors")
      try Data("bag\nlamp\n".utf8).write(to: URL(filePath: "\(folder)/words.txt"))
      func write(_ lora: String) throws {
        let cell = "{ emotion: awe, prompts_file: words.txt, count: 1, lora: [\(lora)] }"
        try Data("name: x\ncells:\n  - \(cell)\n".utf8).write(to: URL(filePath: "\(folder)/x.yaml"))
      }
      try write("style.safetensors:0.5")
      let outcome = try await farm("enqueue", "\(folder)/x.yaml", "--dry-run")
      #expect(outcome.output.hasPrefix("Images  2 in 2 jobs"), "\(outcome)")
      try write("Tests/Fixtures/additions/kohya.safetensors")
      let elsewhere = try await farm("enqueue", "\(folder)/x.yaml")
      #expect(elsewhere.status == 1 && elsewhere.error.contains("start at its own folder"), "\(elsewhere)")
    }
  }

  @Test func aSizeThatTheModelCannotRenderIsRefusedBeforeAnythingIsQueued() async throws {
    try await CommandFarm.with { farm in
      let outcome = try await farm("enqueue", "--emotion", "awe", "--count", "1", "--size", "62x64")
      #expect(outcome.status == 2)
      #expect(outcome.error.contains("the width 62 is not a multiple of 4"), "\(outcome.error)")
      #expect(try await farm("list").output == "")
    }
  }

  @Test func aBatchIsSteeredThroughItsLife() async throws {
    try await CommandFarm.with { farm in
      _ = try await farm("enqueue", "--emotion", "awe", "--count", "9")
      #expect(try await farm("pause", "1").output == "batch 1 is paused\n")
      #expect(try await farm("resume", "1").output == "batch 1 is queued\n")
      #expect(try await farm("priority", "1", "--", "-5").output == "batch 1 has priority -5\n")
      let early = try await farm("delete", "1", "--yes")
      #expect(early.status == 1)
      #expect(early.error == "emofarm: batch 1 is queued: cancel it before deleting it\n")
      #expect(try await farm("cancel", "1").output == "batch 1 is cancelled\n")
      let resumed = try await farm("resume", "1")
      #expect(resumed.status == 1)
      #expect(try await farm("retry", "1").output == "batch 1 is queued: 2 jobs queued again\n")
      #expect(try await farm("cancel", "1", "--json").output.contains(#""state" : "cancelled""#))
      let wait = try await farm("wait", "1")
      #expect(wait.status == 1)
      #expect(wait.error.contains("batch 1 is cancelled: 0 of 9 images"), "\(wait.error)")
      let unasked = try await farm("delete", "1")
      #expect(unasked.status == 2)
      #expect(unasked.error.contains("confirm with --yes"))
      #expect(try await farm("delete", "1", "--yes").status == 0)
      let gone = try await farm("status", "1")
      #expect(gone.status == 1)
      #expect(gone.error.contains("there is no batch 1"))
    }
  }

  @Test func listsAndStatesArePrintedAsJSON() async throws {
    try await CommandFarm.with { farm in
      #expect(try await farm("list", "--json").output.contains(#""batches" : ["#))
      _ = try await farm("enqueue", "--emotion", "awe", "--count", "9", "--seed", "1000", "--key", "nightly")
      _ = try await farm("enqueue", "--text", "a lamp", "--count", "2", "--name", "baseline")
      for (arguments, name) in [
        (["list"], "list"), (["status", "1"], "status-batch"), (["status"], "status"),
        (["models", "list"], "models-list"),
        (["db", "status"], "db-status"), (["audit"], "audit"), (["workers"], "workers"),
        (["enqueue", "--dry-run", "--emotion", "awe", "--count", "9"], "enqueue-dry-run"),
      ] {
        let outcome = try await Program.emofarm.run(
          arguments + ["--json"], environment: farm.environment, folder: SourceTree.root.path)
        #expect(outcome.status == 0, "\(outcome)")
        let text = GoldenText.normalised(outcome.output, home: farm.home)
          .replacing(farm.configuration.redacted, with: "ADDRESS")
        try GoldenText.expect(text, "\(name).json")
      }
    }
  }
}
