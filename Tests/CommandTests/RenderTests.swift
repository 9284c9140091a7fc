import Checkpoints
import EmoGen
import Engine
import Foundation
import Imaging
import TestSupport
import Testing
import Vocabulary

@Suite struct RenderTests {
  private let settings = ["--steps", "2", "--model", SourceTree.tinyModel]

  private func render(_ arguments: [String], home: String) async throws -> Program.Outcome {
    try await Program.emofarm.run(["render"] + settings + arguments, environment: ["EMOFARM_HOME": home])
  }

  private func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }

  @Test func imageKUsesSeedPlusKAndItsBytesDependOnNothingElse() async throws {
    try await TestFolder.with { home in
      let many = try await render(
        ["--emotion", "awe+fear", "--seed", "41", "--count", "3", "--threads", "2", "--out", "\(home)/many"], home: home
      )
      #expect(many.status == 0, "\(many)")
      #expect(many.output == (0..<3).map { "\(home)/many/00000\($0).png\n" }.joined())
      let one = try await render(
        ["--emotion", "awe+fear", "--seed", "42", "--threads", "1", "--out", "\(home)/one"], home: home)
      #expect(one.status == 0)
      #expect(try bytes("\(home)/one/000000.png") == bytes("\(home)/many/000001.png"))
      #expect(try bytes("\(home)/many/000000.png") != bytes("\(home)/many/000001.png"))
    }
  }

  @Test func seedsWrapBelowTwoToThe63() async throws {
    try await TestFolder.with { home in
      let outcome = try await render(
        ["--text", "a lamp", "--seed", "9223372036854775807", "--count", "2", "--out", home, "--json"], home: home)
      #expect(outcome.status == 0, "\(outcome)")
      #expect(outcome.output.contains(#""seed" : 9223372036854775807"#))
      #expect(outcome.output.contains(#""seed" : 0"#))
    }
  }

  @Test func aTraceHoldsTheFirstImagesTensorsAndFeedsTheNextRender() async throws {
    try await TestFolder.with { home in
      let first = try await render(
        ["--emotion", "awe=0.7,fear=0.3", "--seed", "5", "--trace", "\(home)/trace.safetensors", "--out", "\(home)/a"],
        home: home)
      #expect(first.status == 0, "\(first)")
      let trace = try SafetensorsFile(path: "\(home)/trace.safetensors")
      #expect(
        Set(trace.tensorNames) == [
          "emotion_vector", "emotion_token", "latents_init", "context", "uncond_context", "timesteps", "eps.000",
          "latents.001", "latents.002", "image",
        ])
      #expect(try trace.shape(of: "latents_init") == [1, 4, 16, 16])
      #expect(try trace.shape(of: "image") == [1, 3, 64, 64])

      let given = ["--emotion-vector", "\(home)/trace.safetensors", "--latents", "\(home)/trace.safetensors"]
      let second = try await render(
        ["--emotion", "awe=0.7,fear=0.3", "--seed", "99", "--trace", "\(home)/again.safetensors", "--out", "\(home)/b"]
          + given, home: home)
      #expect(second.status == 0, "\(second)")
      let again = try SafetensorsFile(path: "\(home)/again.safetensors")
      #expect(try again.tensor("image").values == trace.tensor("image").values)
    }
  }

  @Test func tensorsOfTheWrongShapeAreRefused() async throws {
    try await TestFolder.with { home in
      try Safetensors.write(
        path: "\(home)/wrong.safetensors",
        tensors: [("emotion_vector", Tensor([3], [1, 2, 3])), ("latents_init", Tensor([1, 4, 8, 8]))])
      for (flag, message) in [
        ("--emotion-vector", "emotion_vector has the shape [3]"), ("--latents", "the latents have the shape"),
      ] {
        let outcome = try await render(
          ["--emotion", "awe", flag, "\(home)/wrong.safetensors", "--out", "\(home)/out"], home: home)
        #expect(outcome.status != 0)
        #expect(outcome.error.contains(message), "\(outcome.error)")
        #expect((try? FileManager.default.contentsOfDirectory(atPath: "\(home)/out")) ?? [] == [])
      }
    }
  }

  @Test(arguments: ["nan", "inf", "-inf"]) func tensorsThatAreNotFiniteAreRefusedWithFileAndPlace(value: String)
    async throws
  {
    let number = try #require(Float(value))
    try await TestFolder.with { home in
      let file = "\(home)/bad.safetensors"
      try Safetensors.write(
        path: file,
        tensors: [
          ("emotion_vector", Tensor([1, 128], [Float](repeating: 0.5, count: 127) + [number])),
          ("latents_init", Tensor([1, 4, 16, 16], [0, number] + [Float](repeating: 1, count: 1022))),
        ])
      for (flag, message) in [
        ("--emotion-vector", "value 127 of emotion_vector is \(number)"),
        ("--latents", "value 1 of latents_init is \(number)"),
      ] {
        let outcome = try await render(["--emotion", "awe", flag, file, "--out", "\(home)/out"], home: home)
        #expect(outcome.status == 2, "\(outcome)")
        #expect(
          outcome.error == "emofarm: \(file): \(message): all numbers must be finite\n", "\(outcome)")
        #expect(!FileManager.default.fileExists(atPath: "\(home)/out"))
      }
    }
  }

  @Test(arguments: [
    ("unet/diffusion_pytorch_model", "conv_out.bias", "denoising step 1 of 2 gave numbers that are not finite"),
    ("vae/diffusion_pytorch_model", "decoder.conv_out.bias", "the image decoder gave numbers that are not finite"),
    ("mapper/model", "mlp.2.bias", "the mapper gave numbers that are not finite"),
    ("emotion_space/gaussians", "awe.mean", "'awe.mean' holds numbers that are not finite"),
  ])
  func aModelThatIsNotFiniteEndsWithOneMessage(file: String, tensor: String, message: String) async throws {
    try await TestFolder.with { home in
      let copy = try ModelCopy.make(in: home)
      try WeightDamage.set(tensor, to: .nan, in: "\(copy)/\(file).safetensors")
      let outcome = try await render(
        ["--model", copy, "--emotion", "awe", "--count", "2", "--out", "\(home)/out"], home: home)
      #expect(outcome.status == 1, "\(outcome)")
      #expect(outcome.output.isEmpty && outcome.error.contains(message), "\(outcome)")
      #expect(outcome.error.split(separator: "\n").count == 1, "\(outcome)")
      #expect((try FileManager.default.contentsOfDirectory(atPath: "\(home)/out")).isEmpty)
    }
  }

  @Test func aPicturesStrongestEmotionsAreTheMixtureThatIsRendered() async throws {
    try await TestFolder.with { home in
      let (picture, mixture) = try pictureOfTwoEmotions(in: home)
      let fromPicture = try await render(
        ["--emotion-image", picture, "--top-k", "2", "--out", "\(home)/picture"], home: home)
      #expect(fromPicture.status == 0, "\(fromPicture)")
      let line = try #require(fromPicture.error.split(separator: "\n").first { $0.contains("; rendering ") })
      let spec = try #require(line.split(separator: " ").last.map { String($0) })
      #expect(spec == mixture.description, "\(line)")
      let named = try await render(["--emotion", spec, "--out", "\(home)/named"], home: home)
      #expect(named.status == 0, "\(named)")
      #expect(try bytes("\(home)/picture/000000.png") == bytes("\(home)/named/000000.png"))

      let text = try await render(["--emotion-image", SourceTree.fixture("models/tokenizer-cases.json")], home: home)
      #expect(text.status == 1 && text.error.contains("neither a PNG, a JPEG nor a WebP"), "\(text)")
      let both = try await render(["--emotion-image", picture, "--emotion", "awe"], home: home)
      #expect(both.status == 2, "\(both)")
    }
  }

  /// A picture with several emotions according to the model's encoder, and the mixture of the two strongest.
  private func pictureOfTwoEmotions(in folder: String) throws -> (path: String, mixture: EmotionSpec) {
    let plain = try (0..<8).map { level in
      let color = RGBColor(UInt8(32 * level), UInt8(255 - 32 * level), UInt8(16 * level))
      let path = "\(folder)/plain-\(level).png"
      try Data(PNG.encode(RGBImage(width: 64, height: 64, filledWith: color))).write(to: URL(filePath: path))
      return path
    }
    let compute = try Compute(threads: 1)
    let mixtures = try ([SourceTree.fixture("commands/awe.png")] + plain).map { path in
      let emotions = try PictureEmotions(
        of: ImageFile.read(path), encoder: "\(SourceTree.tinyModel)/emotion_encoder", on: compute)
      return (path: path, mixture: try emotions.mixture(strongest: 2))
    }
    return try #require(mixtures.first { $0.mixture.tokens[0].count == 2 }, "the encoder is sure of every picture")
  }

  @Test func withoutAModelTheDefaultOneIsFoundInTheDataFolder() async throws {
    try await TestFolder.with { home in
      try FileManager.default.createDirectory(atPath: "\(home)/models", withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(
        atPath: "\(home)/models/tiny", withDestinationPath: SourceTree.tinyModel)
      let outcome = try await Program.emofarm.run(
        ["render", "--emotion", "fear", "--steps", "1", "--out", "pictures"], environment: ["EMOFARM_HOME": home],
        folder: home)
      #expect(outcome.status == 0, "\(outcome)")
      #expect(outcome.output == "pictures/000000.png\n")
    }
  }
}
