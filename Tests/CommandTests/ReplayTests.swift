import Checkpoints
import Foundation
import TestSupport
import Testing
import Vocabulary

@Suite struct ReplayTests {
  /// Renders one image and replays it.
  private func replay(
    _ home: String, render extra: [String] = [], replay arguments: [String] = []
  ) async throws -> Program.Outcome {
    let environment = ["EMOFARM_HOME": home]
    let rendered = try await Program.emofarm.run(
      ["render", "--emotion", "awe", "--steps", "2", "--model", SourceTree.tinyModel, "--out", home] + extra,
      environment: environment)
    #expect(rendered.status == 0, "\(rendered)")
    return try await Program.emofarm.run(
      ["replay", "\(home)/000000.png"] + arguments, environment: environment, folder: SourceTree.root.path)
  }

  @Test func anImageReplaysToTheSameBytes() async throws {
    try await TestFolder.with { home in
      let outcome = try await replay(home, render: ["--prompt", "bag", "--sampler", "euler-ancestral", "--seed", "3"])
      #expect(outcome.status == 0, "\(outcome)")
      #expect(outcome.output == "\(home)/000000.png: identical: the same bytes\n")
    }
  }

  @Test func shortcutsAreRecordedAndReplayed() async throws {
    try await TestFolder.with { home in
      let shortcuts = ["--reuse", "2", "--guidance-interval", "0.25-1"]
      let outcome = try await replay(home, render: shortcuts)
      #expect(outcome.status == 0, "\(outcome)")
      let inspected = try await Program.emofarm.run(["inspect", "\(home)/000000.png"])
      #expect(
        inspected.output.contains("guidance in 0.25-1.0, inner levels in one of 2 calls"), "\(inspected.output)")
      let bad = try await Program.emofarm.run(["render", "--emotion", "awe", "--guidance-interval", "0.9-0.2"])
      #expect(bad.status == 2 && bad.error.contains("--guidance-interval"), "\(bad)")
    }
  }

  @Test func anImageFromAPictureReplaysWhileThePictureIsTheSame() async throws {
    try await TestFolder.with { home in
      let picture = "\(home)/picture.jpg"
      try FileManager.default.copyItem(atPath: SourceTree.fixture("imaging/full.jpg"), toPath: picture)
      let options = ["--size", "32x24", "--init", picture, "--strength", "0.6", "--sampler", "ddim", "--eta", "0.5"]
      let outcome = try await replay(home, render: options + ["--timestep-spacing", "trailing"])
      #expect(outcome.status == 0, "\(outcome)")
      #expect(outcome.output == "\(home)/000000.png: identical: the same bytes\n")
      let digest = try #require(try AddedFile(path: picture).identified().sha256)
      let inspected = try await Program.emofarm.run(["inspect", "\(home)/000000.png", "--json"])
      for text in [picture, digest, #""strength" : 0.6"#, #""eta" : 0.5"#, #""timestep_spacing" : "trailing""#] {
        #expect(inspected.output.contains(text), "\(text): \(inspected.output)")
      }
      try FileManager.default.removeItem(atPath: picture)
      try FileManager.default.copyItem(atPath: SourceTree.fixture("imaging/half.jpg"), toPath: picture)
      let changed = try await Program.emofarm.run(
        ["replay", "\(home)/000000.png"], environment: ["EMOFARM_HOME": home], folder: SourceTree.root.path)
      #expect(changed.status == 2, "\(changed)")
      #expect(changed.error.contains("picture.jpg") && changed.error.contains("changed"), "\(changed.error)")
    }
  }

  /// The default model is another one than the model that rendered the image.
  @Test(.timeLimit(.minutes(10))) func theRegisteredModelIsFoundByItsDigest() async throws {
    try await CommandFarm.with { farm in
      let model = "\(farm.home)/model"
      try FileManager.default.copyItem(atPath: SourceTree.tinyModel, toPath: model)
      let weights = URL(filePath: "\(model)/unet/diffusion_pytorch_model.safetensors")
      var bytes = try Data(contentsOf: weights)
      bytes[bytes.count - 2] ^= 1
      try bytes.write(to: weights)
      let rendered = try await farm(
        "render", "--emotion", "awe", "--steps", "2", "--model", model, "--out", farm.home)
      #expect(rendered.status == 0, "\(rendered)")
      let image = "\(farm.home)/000000.png"
      let unknown = try await farm("replay", image)
      #expect(unknown.status == 1 && unknown.error.contains("neither the default one nor registered"), "\(unknown)")
      let added = try await farm("models", "add", "changed", model)
      #expect(added.status == 0, "\(added)")
      let replayed = try await farm("replay", image)
      #expect(replayed.output == "\(image): identical: the same bytes\n", "\(replayed)")
      // The folder is gone, and the store has the model.
      let sent = try await farm("models", "add", "changed", model, "--upload")
      #expect(sent.status == 0, "\(sent)")
      try FileManager.default.removeItem(atPath: model)
      let fetched = try await farm("replay", image)
      #expect(fetched.output == "\(image): identical: the same bytes\n", "\(fetched)")
    }
  }

  @Test func filesThatMovedAreFoundByTheirDigests() async throws {
    try await TestFolder.with { home in
      let (there, now) = ("\(home)/there", "\(home)/now")
      for folder in [there, now] {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      }
      func move(_ name: String, to other: String) throws {
        try FileManager.default.moveItem(atPath: "\(there)/\(name)", toPath: "\(now)/\(other)")
      }
      for (source, name) in [
        ("additions/kohya.safetensors", "style.safetensors"), ("additions/toy.pt", "toy.pt"),
        ("imaging/full.jpg", "picture.jpg"),
      ] { try FileManager.default.copyItem(atPath: SourceTree.fixture(source), toPath: "\(there)/\(name)") }
      let outcome = try await replay(
        home,
        render: [
          "--prompt", "toy castle", "--lora", "\(there)/style.safetensors:0.7", "--embedding", "\(there)/toy.pt",
          "--init",
          "\(there)/picture.jpg", "--size", "32x24",
        ])
      #expect(outcome.status == 0, "\(outcome)")
      try move("style.safetensors", to: "a.safetensors")
      // The embedding's token is the name that its file had.
      try move("toy.pt", to: "b.pt")
      func again(_ arguments: String...) async throws -> Program.Outcome {
        try await Program.emofarm.run(
          ["replay", "\(home)/000000.png"] + arguments, environment: ["EMOFARM_HOME": home],
          folder: SourceTree.root.path)
      }
      let missing = try await again()
      #expect(missing.status == 2 && missing.error.contains("style.safetensors"), "\(missing)")
      #expect(missing.error.contains("name the place where it lies now with --moved"), "\(missing)")
      let found = try await again("--moved", "\(now)/a.safetensors", "--moved", "\(now)/b.pt")
      #expect(found.output == "\(home)/000000.png: identical: the same bytes\n", "\(found)")
      try move("picture.jpg", to: "c.jpg")
      let all = try await again("--moved", now)
      #expect(all.output == "\(home)/000000.png: identical: the same bytes\n", "\(all)")
      let wrong = try await again("--moved", now, "--moved", SourceTree.fixture("additions/peft.safetensors"))
      #expect(wrong.status == 2 && wrong.error.contains("peft.safetensors: none of the files"), "\(wrong)")
    }
  }

  @Test func anotherModelIsNamedFileByFile() async throws {
    try await TestFolder.with { home in
      let model = try ModelCopy.make(in: home)
      try ModelCopy.change("scheduler/scheduler_config.json", of: model) { $0 += Data("\n".utf8) }
      let outcome = try await replay(home, replay: ["--model", model])
      #expect(outcome.status == 1)
      #expect(outcome.error.contains("scheduler/scheduler_config.json has the SHA-256"), "\(outcome.error)")
    }
  }

  @Test func givenLatentsMustBeGivenAgain() async throws {
    try await TestFolder.with { home in
      let trace = "\(home)/trace.safetensors"
      let first = try await replay(home, render: ["--trace", trace])
      #expect(first.status == 0)
      let without = try await replay(home, render: ["--latents", trace, "--seed", "77"])
      #expect(without.status == 2)
      #expect(without.error.contains("name it with --latents FILE"), "\(without.error)")
      let with = try await replay(home, render: ["--latents", trace, "--seed", "77"], replay: ["--latents", trace])
      #expect(with.status == 0, "\(with)")
      let needless = try await replay(home, replay: ["--latents", trace])
      #expect(needless.status == 2)
      #expect(needless.error.contains("without --latents"), "\(needless.error)")
    }
  }
}
