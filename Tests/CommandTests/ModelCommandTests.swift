import Checkpoints
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

  private struct List: Decodable {
    struct Model: Decodable {
      let defaults: Defaults
    }

    struct Defaults: Decodable {
      let width, height, steps: Int
      let sampler: String
      let guidance: Double
    }

    let models: [Model]
  }

  /// A model folder's `emogen.json`.
  private struct Written: Decodable {
    let size: [Int]
    let steps: Int
    let sampler: String
    let guidance: Double
  }

  @Test func theListGivesTheDefaultsOfTheFolder() async throws {
    try await CommandFarm.with { farm in
      #expect(try await farm("models", "add", "mine", SourceTree.tinyModel).status == 0)
      let list = try await farm("models", "list", "--json").output
      let models = try JSONDecoder().decode(List.self, from: Data(list.utf8)).models
      let written = try JSONDecoder().decode(
        Written.self, from: Data(contentsOf: URL(filePath: "\(SourceTree.tinyModel)/emogen.json")))
      let defaults = try #require(models.first).defaults
      #expect([defaults.width, defaults.height] == written.size)
      #expect(defaults.steps == written.steps && defaults.sampler == written.sampler)
      #expect(defaults.guidance == written.guidance)
    }
  }

  @Test func aFolderThatIsNoModelIsRefused() async throws {
    try await CommandFarm.with { farm in
      let outcome = try await farm("models", "add", "mine", farm.home)
      #expect(outcome.status == 1)
      #expect(outcome.error.contains("model_index.json"), "\(outcome.error)")
    }
  }

  /// The file, the tensor and the value; the worker would say the same, once per job.
  @Test(arguments: [
    ("unet/diffusion_pytorch_model", "conv_in.weight", Float.nan),
    ("vae/diffusion_pytorch_model", "decoder.conv_out.bias", .infinity),
    ("text_encoder/model", "text_model.final_layer_norm.weight", .nan), ("mapper/model", "mlp.0.weight", -.infinity),
  ])
  func aModelWithAValueThatIsNotFiniteIsNotRegistered(file: String, tensor: String, value: Float) async throws {
    try await CommandFarm.with { farm in
      let model = try ModelCopy.make(in: farm.home)
      let names = try SafetensorsFile(path: "\(model)/\(file).safetensors").tensorNames
      let name = names.contains(tensor) ? tensor : try #require(names.first)
      try WeightDamage.set(name, to: value, in: "\(model)/\(file).safetensors")
      let outcome = try await farm("models", "add", "mine", model)
      #expect(outcome.status == 1)
      #expect(
        outcome.error.contains("\(file).safetensors: tensor '\(name)' holds \(value) at position 0"), "\(outcome.error)"
      )
      let list = try await farm("models", "list", "--json").output
      #expect(try JSONDecoder().decode(List.self, from: Data(list.utf8)).models.isEmpty, "\(list)")
    }
  }

  @Test func whatAWorkerWouldRefuseIsNotRegistered() async throws {
    try await CommandFarm.with { farm in
      let model = try ModelCopy.make(in: farm.home)
      for (part, expected) in [
        ("unet/diffusion_pytorch_model.safetensors", "git lfs pull"), ("tokenizer/vocab.json", "git lfs pull"),
      ] {
        let file = "\(model)/\(part)"
        let original = try Data(contentsOf: URL(filePath: file))
        try FileManager.default.removeItem(atPath: file)
        try Data("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n".utf8).write(
          to: URL(filePath: file))
        let outcome = try await farm("models", "add", "mine", model)
        #expect(outcome.status == 1)
        #expect(outcome.error.contains(part) && outcome.error.contains(expected), "\(outcome.error)")
        try original.write(to: URL(filePath: file))
      }
      let list = try await farm("models", "list", "--json").output
      #expect(try JSONDecoder().decode(List.self, from: Data(list.utf8)).models.isEmpty, "\(list)")
      #expect(try await farm("models", "add", "mine", model).status == 0)
    }
  }

  @Test func aModelWithoutADefaultSamplerRendersWithANamedOne() async throws {
    try await CommandFarm.with { farm in
      let model = try ModelCopy.make(in: farm.home)
      try? FileManager.default.removeItem(atPath: "\(model)/emogen.json")
      for file in ["model_index.json", "scheduler/scheduler_config.json"] {
        try ModelCopy.change(file, of: model) {
          $0 = Data(String(decoding: $0, as: UTF8.self).replacing("PNDMScheduler", with: "KDPM2DiscreteScheduler").utf8)
        }
      }
      let render = [
        "render", "--model", model, "--text", "a lamp", "--steps", "2", "--size", "32x32", "--out", farm.home,
      ]
      func emofarm(_ arguments: [String]) async throws -> Program.Outcome {
        try await Program.emofarm.run(arguments, environment: farm.environment, folder: SourceTree.root.path)
      }
      for refused in [render, ["models", "add", "mine", model]] {
        let outcome = try await emofarm(refused)
        #expect(outcome.status == 1, "\(outcome)")
        #expect(outcome.error.contains("KDPM2DiscreteScheduler") && outcome.error.contains("name one with --sampler"))
      }
      let named = try await emofarm(render + ["--sampler", "euler"])
      #expect(named.status == 0, "\(named)")
      try Data(#"{"sampler": "euler"}"#.utf8).write(to: URL(filePath: "\(model)/emogen.json"))
      let added = try await farm("models", "add", "mine", model)
      #expect(added.status == 0, "\(added)")
    }
  }

  @Test func aVariantIsRegisteredAndVerified() async throws {
    try await CommandFarm.with { farm in
      let model = try ModelCopy.make(in: farm.home)
      let file = "\(model)/vae/diffusion_pytorch_model"
      try FileManager.default.moveItem(atPath: "\(file).safetensors", toPath: "\(file).one.safetensors")
      try FileManager.default.copyItem(
        atPath: "\(SourceTree.tinyModel)/vae/diffusion_pytorch_model.safetensors", toPath: "\(file).two.safetensors")
      let unclear = try await farm("models", "add", "mine", model)
      #expect(unclear.status == 1 && unclear.error.contains("'one', 'two'"), "\(unclear)")
      #expect(unclear.error.contains("choose one with --variant"), "\(unclear)")
      let added = try await farm("models", "add", "mine", model, "--variant", "two", "--json")
      #expect(added.status == 0 && added.output.contains(#""variant" : "two""#), "\(added)")
      #expect(added.error.contains("unet has no variant 'two'"), "\(added)")
      #expect(try await farm("models", "verify").output == "mine: unchanged\n")
      #expect(try await farm("models", "list").output.contains("\(model) (two)"))
      let rendered = try await farm(
        "render", "--emotion", "awe", "--steps", "1", "--model", model, "--variant", "one", "--out", "\(farm.home)/out")
      #expect(rendered.status == 0, "\(rendered)")
      let other = try await farm("replay", "\(farm.home)/out/000000.png", "--model", model, "--variant", "two")
      #expect(other.status == 1 && other.error.contains("--variant"), "\(other)")
      let same = try await farm("replay", "\(farm.home)/out/000000.png", "--model", model, "--variant", "one")
      #expect(same.status == 0, "\(same)")
    }
  }

  @Test func aConvertedFolderHasTheEmotionsAndTheGivenVAE() async throws {
    try await TestFolder.with { home in
      func emofarm(_ arguments: String...) async throws -> Program.Outcome {
        try await Program.emofarm.run(arguments, environment: ["EMOFARM_HOME": home])
      }
      let tiny = SourceTree.tinyModel
      let made = try await emofarm(
        "models", "convert", tiny, "--out", "\(home)/out", "--vae", tiny, "--half")
      #expect(made.status == 0 && made.output == "\(home)/out\n", "\(made)")
      #expect(made.error.contains("its VAE is \(tiny)/vae, SHA-256 "), "\(made)")
      for (model, out) in [(tiny, "a"), ("\(home)/out", "b")] {
        let outcome = try await emofarm(
          "render", "--emotion", "awe", "--steps", "1", "--model", model, "--trace", "\(home)/\(out).safetensors",
          "--out", "\(home)/\(out)")
        #expect(outcome.status == 0, "\(outcome)")
      }
      let traces = try ["a", "b"].map { try Data(contentsOf: URL(filePath: "\(home)/\($0).safetensors")) }
      #expect(traces[0] == traces[1])
      let again = try await emofarm("models", "convert", tiny, "--out", "\(home)/out")
      #expect(again.status == 1 && again.error.contains("choose a new one"), "\(again)")
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
        let text = String(decoding: data, as: UTF8.self).replacing(/"output" *: *\d+/, with: #""output": 64"#)
        data = Data(text.utf8)
      }
      let refused = try await emofarm("models", "plug", "--emotions", narrow, "--base", tiny, "--out", "\(home)/no")
      #expect(refused.status == 1 && refused.error.contains("mapper"), "\(refused)")
    }
  }
}
