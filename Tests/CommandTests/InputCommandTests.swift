import Files
import Foundation
import TestSupport
import Testing

/// What jobs read, in the store of a farm, as seen by commands.
@Suite struct InputCommandTests {
  @Test(.timeLimit(.minutes(10))) func whatABatchNamesGoesIntoTheStoreOnceAndStaysWhileItIsNamed() async throws {
    try await CommandFarm.with { farm in
      let lora = SourceTree.fixture("additions/kohya.safetensors")
      func enqueue(_ flags: String...) async throws -> Program.Outcome {
        try await Program.emofarm.run(
          ["enqueue", "--text", "a toy castle", "--count", "1", "--lora", "\(lora):0.5"] + flags,
          environment: farm.environment, folder: SourceTree.root.path)
      }
      // Machines that share a folder share paths: nothing is sent unless it is asked for.
      let plain = try await enqueue()
      #expect(plain.status == 0 && !plain.error.contains("sent "), "\(plain)")
      let first = try await enqueue("--upload")
      #expect(first.status == 0 && first.error.contains("sent 1 file ("), "\(first)")
      let again = try await enqueue("--upload")
      #expect(again.error.contains("sent 0 files (") && again.error.contains("; 1 was there"), "\(again)")

      let place = "\(farm.home)/artifacts/models/files"
      let name = try #require(try Folder.entries(below: place).files.first)
      let bytes = try File.read("\(place)/\(name)")
      #expect(bytes == (try File.read(lora)))
      try File.write(bytes.reversed(), to: "\(place)/\(name)")
      let sent = try await farm("store", "send", lora)
      #expect(sent.status == 0 && sent.output.contains("sent 1 file ("), "\(sent)")
      #expect(try File.read("\(place)/\(name)") == bytes)
      #expect(try await farm("store", "send", lora, "--json").output.contains(#""there" : 1"#))
      let collected = try await farm("gc")
      #expect(collected.output.contains("models and other inputs: deleted 0 files"), "\(collected)")
      #expect(collected.output.contains("1 file in use"), "\(collected)")

      let refused = try await farm("models", "remove", "tiny")
      #expect(refused.status == 1 && refused.error.contains("emofarm delete"), "\(refused)")
      for batch in 1...3 {
        #expect(try await farm("cancel", "\(batch)").status == 0)
        #expect(try await farm("delete", "\(batch)", "--yes").status == 0)
      }
      #expect(try await farm("models", "add", "tiny", SourceTree.tinyModel, "--upload").status == 0)
      let removed = try await farm("models", "remove", "tiny")
      #expect(removed.status == 0 && removed.error.contains("stay until emofarm gc"), "\(removed)")
      #expect(try await farm("models", "list", "--json").output.contains("tiny") == false)
      let waiting = try await farm("gc")
      #expect(waiting.output.contains("that no model and no batch refers to, 0 files in use"), "\(waiting)")
    }
  }
}
