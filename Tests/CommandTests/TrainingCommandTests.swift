import Files
import Foundation
import TestSupport
import Testing

/// `emofarm train` after a kill, and trainings as jobs.
@Suite struct TrainingCommandTests {
  private static func arguments(out: String) -> [String] {
    [
      "train", "encoder", "--out", out, "--per-attribute", "2", "--size", "32", "--image-size", "32", "--width", "4",
      "--layers", "1,1", "--embedding", "16", "--steps", "400", "--batch", "8", "--seed", "3",
    ]
  }

  @Test(.timeLimit(.minutes(10))) func aTrainingThatWasKilledTwiceEndsWithTheSameWeights() async throws {
    try await TestFolder.with { folder in
      let whole = try await Program.emofarm.run(Self.arguments(out: "\(folder)/whole") + ["--threads", "2"])
      #expect(whole.status == 0, "\(whole)")
      let arguments = Self.arguments(out: "\(folder)/killed") + ["--threads", "1"]
      for step in [105, 215] {
        // A checkpoint is saved every hundred steps; the log contains later steps too.
        let gate = try Gate("trained-\(step)", in: "\(folder)/gates")
        let killed = try await Program.emofarm.killed(
          arguments, environment: [DebugGates.variable: "\(folder)/gates"]
        ) { gate.holds() }
        try #require(killed, "it ended before it could be killed")
        #expect(!FileManager.default.fileExists(atPath: "\(folder)/killed/model.safetensors"))
      }
      let last = try await Program.emofarm.run(arguments)
      #expect(last.status == 0, "\(last)")
      let expected = try Data(contentsOf: URL(filePath: "\(folder)/whole/model.safetensors"))
      let found = try Data(contentsOf: URL(filePath: "\(folder)/killed/model.safetensors"))
      #expect(found == expected)
    }
  }

  private static let specification = """
    name: small encoder
    seed: 3
    training:
      {stage: encoder, out: trained, per_attribute: 2, size: 32, image_size: 32, width: 4, layers: [1, 1],
       embedding: 16, steps: 20, batch: 16}
    """

  @Test func aTrainingIsEnqueuedShownTrainedAndWaitedFor() async throws {
    try await CommandFarm.with { farm in
      let enqueued = try await farm("enqueue", "-", input: Self.specification)
      #expect(enqueued.output == "1\n", "\(enqueued)")
      #expect(enqueued.error == "enqueued a training\n")
      let queued = try await farm("status", "1").output
      #expect(
        queued.hasPrefix("Batch 1  small encoder  queued\nTraining encoder, step 0 of 20 (0 %)\nOut      trained\n"))
      #expect(try await farm.work().status == 0)
      let done = try await farm("status", "1").output
      #expect(done.contains("Training encoder, step 20 of 20 (100 %), loss "), "\(done)")
      #expect(FileManager.default.fileExists(atPath: "\(farm.home)/trained/model.safetensors"))
      let wait = try await farm("wait", "1")
      #expect(wait.status == 0)
      #expect(wait.error == "batch 1 is done: 20 steps\n")
      #expect(try await farm("watch", "1").output.contains("batch 1 done: step 20 of 20 (100 %)"))
      #expect(try await farm("list").output.contains("done   100 %       -"))
      #expect(try await farm("audit").status == 0)
      let export = try await farm("export", "1", "--out", "\(farm.home)/dataset")
      #expect(export.status == 1)
      #expect(export.error == "emofarm: batch 1 is a training, which has no images: its files are in trained\n")
    }
  }

  @Test func aMapperIsTrainedOnALoRAWhichTheQueueIdentifies() async throws {
    try await CommandFarm.with { farm in
      let fixture = SourceTree.fixture("additions/kohya.safetensors")
      try FileManager.default.copyItem(atPath: fixture, toPath: "\(farm.home)/style.safetensors")
      let training = """
        {"name": "stage 2", "key": "style", "training": {"stage": "mapper", "model": "\(SourceTree.tinyModel)",
          "out": "queued", "lora": "style.safetensors:0.8", "per_attribute": 1, "steps": 2, "batch": 4}}
        """
      let enqueued = try await farm("enqueue", "-", input: training)
      #expect(enqueued.output == "1\n", "\(enqueued)")
      #expect(try await farm.work().status == 0)
      let flags = try await farm(
        "train", "mapper", "--model", SourceTree.tinyModel, "--out", "\(farm.home)/own", "--lora",
        "\(fixture):0.8", "--per-attribute", "1", "--steps", "2", "--batch", "4")
      #expect(flags.status == 0, "\(flags)")
      #expect(flags.error.contains("is trained with the LoRA \(fixture):0.8 (SHA-256 "), "\(flags.error)")
      let weights = try ["queued", "own"].map {
        try Data(contentsOf: URL(filePath: "\(farm.home)/\($0)/model.safetensors"))
      }
      #expect(weights[0] == weights[1])

      #expect(try await farm("enqueue", "-", input: training).output == "1\n")
      try FileManager.default.removeItem(atPath: "\(farm.home)/style.safetensors")
      let missing = try await farm("enqueue", "-", input: training)
      #expect(missing.status == 1 && missing.error.contains("style.safetensors: there is no such file"), "\(missing)")
      let other = SourceTree.fixture("additions/peft.safetensors")
      try FileManager.default.copyItem(atPath: other, toPath: "\(farm.home)/style.safetensors")
      let conflict = try await farm("enqueue", "-", input: training)
      #expect(conflict.status == 1 && conflict.error.contains("which differs in: training"), "\(conflict)")
      let weight = try await farm("train", "mapper", "--model", SourceTree.tinyModel, "--lora", "\(fixture):1000")
      #expect(weight.status == 2 && weight.error.contains("the weight is 1000.0, but must be from"), "\(weight)")
    }
  }

  @Test func whatIsWrongInASpecificationIsNamed() async throws {
    try await CommandFarm.with { farm in
      let text = Self.specification.replacing("width: 4", with: "width: 0")
      let outcome = try await farm("enqueue", "-", input: text)
      #expect(outcome.status == 2)
      #expect(outcome.error == "emofarm: standard input:4: training.width must be a number from 1 to 4096\n")
      let model = try await farm("enqueue", "-", "--model", "tiny", input: Self.specification)
      #expect(model.status == 2)
      #expect(model.error.contains("--model, --chunk and --measure apply to batches of images"), "\(model.error)")
      let cancelled = try await farm("enqueue", "-", input: Self.specification)
      #expect(cancelled.output == "1\n")
      _ = try await farm("cancel", "1")
      let wait = try await farm("wait", "1")
      #expect(wait.status == 1)
      #expect(wait.error.contains("batch 1 is cancelled: 0 of 20 steps"), "\(wait.error)")
    }
  }
}
