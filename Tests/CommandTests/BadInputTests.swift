import Foundation
import Imaging
import TestSupport
import Testing

/// Bad input gives one clear message on standard error, exit code 1 or 2, and no partial output.
@Suite struct BadInputTests {
  @Test(arguments: [
    (["render", "--emotion", "joy"], "unknown emotion 'joy'"),
    (["render", "--emotion", "awe=-1"], "weight '-1' of awe"),
    (["render", "--emotion", "awe=0,fear=1"], "weight '0' of awe"),
    (["render", "--emotion", "awe,awe"], "occurs twice"),
    (["render", "--emotion", "all"], "one render shows one emotion"),
    (["render"], "one of --emotion SPEC, --emotion-image FILE and --text TEXT"),
    (["render", "--emotion", "awe", "--text", "x"], "one of --emotion SPEC, --emotion-image FILE and --text TEXT"),
    (["render", "--text", "x", "--prompt", "y"], "--prompt requires --emotion"),
    (["render", "--emotion", "awe", "--count", "0"], "--count 0"),
    (["render", "--emotion", "awe", "--count", "1000001"], "from 1 to 1,000,000"),
    (["render", "--emotion", "awe", "--size", "63x64"], "the width 63 is not a multiple of 4"),
    (["render", "--emotion", "awe", "--size", "64"], "--size"),
    (["render", "--emotion", "awe", "--size", "0x64"], "--size: the width is 0, but must be from 8 to 2048"),
    (["render", "--emotion", "awe", "--steps", "0"], "--steps is 0, but must be from 1"),
    (["render", "--emotion", "awe", "--steps", "1001"], "from 1 to 1000"),
    (["render", "--emotion", "awe", "--sampler", "euler2"], "'euler2' is invalid"),
    (["render", "--emotion", "awe", "--guidance", "nan"], "--guidance is nan, but must be finite"),
    (["render", "--emotion", "awe", "--seed", "9223372036854775808"], "below 2^63"),
    (["render", "--emotion", "awe", "--trace", "/dev/null"], "not a regular file"),
    (["enqueue"], "name what to render"),
    (["enqueue", "--emotion", "awe"], "--count N"),
    (["enqueue", "--emotion", "awe", "--count", "0"], "count is 0, but must be from 1 to 10000000"),
    (["enqueue", "--emotion", "awe", "--count", "10000001"], "count is 10000001"),
    (["enqueue", "--emotion", "awe", "--count", "1", "--chunk", "65"], "chunk is 65, but must be from 1 to 64"),
    (["enqueue", "--emotion", "joy", "--count", "1"], "unknown emotion 'joy'"),
    (["enqueue", "--emotion", "awe", "--text", "x", "--count", "1"], "--emotion and --text make different batches"),
    (["priority", "1", "101"], "from -100 to 100"),
    (["sheet", "1", "--out", "/tmp"], "is a folder"),
    (["export", "1", "--out", "x", "--split", "train=0.5"], "the shares add up to 0.5 instead of 1"),
    (["export", "1"], "--out"),
    (["export", "1", "--out", "x", "--license", "cc-by-4"], "Did you mean cc-by-4.0?"),
    (["list", "--state", "ready"], "'ready' is invalid"),
    (["frobnicate"], "Unexpected argument 'frobnicate'"),
  ])
  func wrongUsageExitsWithTwo(arguments: [String], message: String) async throws {
    try await TestFolder.with { folder in
      // The configured database does not exist, so that none is reached.
      let outcome = try await Program.emofarm.run(
        arguments + (arguments.first == "render" ? ["--model", SourceTree.tinyModel, "--out", "\(folder)/out"] : []),
        environment: ["EMOFARM_HOME": folder, "EMOFARM_DATABASE_URL": "postgresql:///x?host=/nowhere"], folder: folder)
      #expect(outcome.status == 2, "\(outcome)")
      #expect(outcome.error.contains(message), "\(outcome.error)")
      #expect(outcome.output == "")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
    }
  }

  @Test func anUnknownKeyOfASpecificationIsNamedWithTheNearestKnownOne() async throws {
    try await TestFolder.with { folder in
      let text = "name: x\ncells:\n  - emotion: awe\n    count: 2\n    stpes: 5\n"
      try Data(text.utf8).write(to: URL(filePath: "\(folder)/spec.yaml"))
      let environment = ["EMOFARM_HOME": folder, "EMOFARM_DATABASE_URL": "postgresql:///x?host=/nowhere"]
      let fromFile = try await Program.emofarm.run(
        ["enqueue", "spec.yaml"], environment: environment, folder: folder)
      #expect(fromFile.status == 2)
      #expect(fromFile.error.hasPrefix("emofarm: spec.yaml:5:"))
      #expect(fromFile.error.contains("stpes") && fromFile.error.contains("'steps'"), "\(fromFile.error)")
      let fromInput = try await Program.emofarm.run(
        ["enqueue", "-"], environment: environment, input: text, folder: folder)
      #expect(fromInput.status == 2)
      #expect(fromInput.error.hasPrefix("emofarm: standard input:5:"))
    }
  }

  @Test func anUnknownSettingIsNamed() async throws {
    try await TestFolder.with { folder in
      try Data("treads: 4\n".utf8).write(to: URL(filePath: "\(folder)/config.yaml"))
      let outcome = try await Program.emofarm.run(
        ["list", "--config", "\(folder)/config.yaml"], environment: ["EMOFARM_HOME": folder])
      #expect(outcome.status == 2)
      #expect(outcome.error.contains("treads") && outcome.error.contains("threads"), "\(outcome.error)")
    }
  }

  enum Damage: CaseIterable {
    case truncated, brokenHeader, empty

    func apply(to bytes: inout Data) {
      switch self {
      case .truncated: bytes.removeLast(1000)
      case .brokenHeader: bytes[20] = 0xFF
      case .empty: bytes = Data()
      }
    }
  }

  @Test(arguments: Damage.allCases) func damagedWeightsAreRefusedByName(damage: Damage) async throws {
    try await TestFolder.with { folder in
      let model = try ModelCopy.make(in: folder)
      let file = "unet/diffusion_pytorch_model.safetensors"
      try ModelCopy.change(file, of: model) { damage.apply(to: &$0) }
      let outcome = try await Program.emofarm.run(
        ["render", "--emotion", "awe", "--model", model, "--out", "\(folder)/out"],
        environment: ["EMOFARM_HOME": folder])
      #expect(outcome.status == 1, "\(outcome)")
      #expect(outcome.error.contains(file), "\(outcome.error)")
      #expect(outcome.error.split(separator: "\n").count == 1)
      #expect((try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/out")) ?? [] == [])
    }
  }

  @Test(arguments: ["inspect", "verify", "replay"])
  func aPNGWithoutProvenanceIsRefused(command: String) async throws {
    try await TestFolder.with { folder in
      let bytes = try PNG.encode(RGBImage(width: 4, height: 4, filledWith: RGBColor(1, 2, 3)), texts: [])
      try Data(bytes).write(to: URL(filePath: "\(folder)/plain.png"))
      let outcome = try await Program.emofarm.run(
        [command, "plain.png"], environment: ["EMOFARM_HOME": folder], folder: folder)
      #expect(outcome.status == 1)
      #expect(outcome.error.hasPrefix("emofarm: plain.png: the PNG carries no EmoFarm provenance"))
      #expect(outcome.output == "")
    }
  }

  @Test func aFileThatIsNoPNGAndAFileThatIsNotThereAreRefused() async throws {
    try await TestFolder.with { folder in
      try Data("hello".utf8).write(to: URL(filePath: "\(folder)/text.png"))
      let text = try await Program.emofarm.run(["verify", "text.png"], folder: folder)
      #expect(text.status == 1)
      #expect(text.error.contains("text.png"))
      let missing = try await Program.emofarm.run(["verify", "missing.png"], folder: folder)
      #expect(missing.status == 1)
      #expect(missing.error == "emofarm: missing.png: cannot be read (No such file or directory)\n")
    }
  }

  @Test func aWriteThatFailsLeavesNothing() async throws {
    try await TestFolder.with { folder in
      // Files are limited to 4 KiB, as if the volume were full.
      let outcome = try await Program.emofarm.run(
        ["render", "--emotion", "awe", "--steps", "1", "--model", SourceTree.tinyModel, "--out", "\(folder)/out"],
        environment: ["EMOFARM_HOME": folder], shell: "trap '' XFSZ; ulimit -f 8")
      #expect(outcome.status == 1, "\(outcome)")
      #expect(outcome.error.contains("000000.png: cannot be written (File too large)"), "\(outcome.error)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/out") == [])
    }
  }

  @Test func aFullStandardOutputIsNotTakenForSuccess() async throws {
    let outcome = try await Program.emofarm.run(
      ["inspect", SourceTree.fixture("commands/awe.png")], shell: "exec > /dev/full")
    #expect(outcome.status == 1)
    #expect(outcome.error == "emofarm: standard output cannot be written: No space left on device\n")
  }
}
