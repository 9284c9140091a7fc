import Checkpoints
import EmoGen
import Engine
import Files
import Foundation
import Imaging
import TestSupport
import Testing
import Vocabulary

/// If a stage yields numbers that are not finite, the render fails with the name of the stage and the process goes on.
struct NotFiniteTests {
  private static let settings = RenderSettings(width: 64, height: 64, steps: 4, sampler: .ddim, guidance: 4)

  /// The shipped model with one weight changed.
  private func pipeline(_ home: String, _ file: String, _ tensor: String, _ value: Float) throws -> EmoGenPipeline {
    let folder = "\(home)/model"
    try FileManager.default.copyItem(atPath: SourceTree.tinyModel, toPath: folder)
    try WeightDamage.set(tensor, to: value, in: "\(folder)/\(file).safetensors")
    return try EmoGenPipeline.load(ModelFolder(folder), on: Compute(threads: 2))
  }

  private func render(
    _ pipeline: EmoGenPipeline, _ subject: Subject = .emotion(EmotionSpec(.awe), prompt: ""),
    _ settings: RenderSettings = settings, change: (inout RenderRequest) -> Void = { _ in }
  ) throws -> RenderError? {
    var request = RenderRequest(subject: subject, settings: settings, seeds: [42, 43])
    change(&request)
    return #expect(throws: RenderError.self) {
      try pipeline.render(
        request, onProgress: { _ in },
        onImage: { _ in Issue.record("the render returned an image although numbers were not finite") })
    }
  }

  @Test(
    arguments: [
      ("mapper/model", "mlp.2.bias", RenderStage.mapper),
      ("text_encoder/model", "text_model.final_layer_norm.bias", .textEncoder),
      ("unet/diffusion_pytorch_model", "conv_out.bias", .denoising(call: 1, calls: 4)),
      ("vae/diffusion_pytorch_model", "decoder.conv_out.bias", .decoder),
    ], [Float.nan, .infinity])
  func theStageOfABadWeightIsNamed(part: (file: String, tensor: String, stage: RenderStage), value: Float) async throws
  {
    try await TestFolder.with { home in
      let error = try render(pipeline(home, part.file, part.tensor, value))
      #expect(error?.code == .notFinite(part.stage))
      // The negative prompt, which all images share, is encoded first.
      let isShared = part.stage == .textEncoder
      #expect(
        error?.description.hasPrefix(
          "\(part.stage) gave numbers that are not finite\(isShared ? "" : " (image of seed 42)"): ") == true,
        "\(error)")
    }
  }

  /// The predicted noise is finite, but the latents grow with each step until they overflow.
  @Test func theFirstStepThatIsNotFiniteIsNamed() async throws {
    try await TestFolder.with { home in
      let pipeline = try pipeline(home, "unet/diffusion_pytorch_model", "conv_out.bias", 1.5e37)
      var steps = 0
      let error = #expect(throws: RenderError.self) {
        try pipeline.render(
          RenderRequest(subject: .text("a lamp"), settings: Self.settings, seeds: [1]),
          onProgress: { if case .step = $0.block { steps += 1 } }, onImage: { _ in })
      }
      #expect(error?.stage == .denoising(call: 3, calls: 4))
      #expect(error?.description.hasPrefix("denoising step 3 of 4 gave") == true)
      #expect(steps == 2)
    }
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity]) func givenTensorsAreRefusedBeforeAnythingRuns(value: Float)
    throws
  {
    let pipeline = try EmoGenPipeline.load(ModelFolder(SourceTree.tinyModel), on: Compute(threads: 1))
    let vector = Tensor([1, 128], [Float](repeating: 0, count: 127) + [value])
    let vectors = try render(pipeline) { $0.emotionVector = vector }
    #expect(vectors?.code == .unsuitable && vectors?.description.contains("the emotion vector contains") == true)
    let latents = try render(pipeline) { $0.latents = Tensor([1, 16, 16, 4], repeating: value) }
    #expect(latents?.code == .unsuitable && latents?.description.contains("the latents contain") == true)
  }

  @Test(arguments: ["fear.mean", "awe.std"]) func anEmotionSpaceThatIsNotFiniteIsRefusedByName(tensor: String)
    async throws
  {
    try await TestFolder.with { home in
      let error = #expect(throws: CheckpointError.self) {
        try pipeline(home, "emotion_space/gaussians", tensor, .infinity)
      }
      #expect(error?.description.contains("'\(tensor)' holds numbers that are not finite") == true)
    }
  }

  /// The Gaussians are finite, but their draws overflow.
  @Test func aDrawnEmotionVectorThatOverflowsIsNamed() async throws {
    try await TestFolder.with { home in
      let folder = "\(home)/model"
      try FileManager.default.copyItem(atPath: SourceTree.tinyModel, toPath: folder)
      try WeightDamage.change("awe.cholesky", in: "\(folder)/emotion_space/gaussians.safetensors") {
        Tensor($0.shape, $0.values.map { $0 > 0 ? .greatestFiniteMagnitude : 0 })
      }
      let error = try render(EmoGenPipeline.load(ModelFolder(folder), on: Compute(threads: 1)))
      #expect(error?.stage == .emotionSpace, "\(error)")
    }
  }

  @Test func anEncoderThatIsNotFiniteIsNamed() async throws {
    try await TestFolder.with { home in
      let folder = "\(home)/emotion_encoder"
      try FileManager.default.copyItem(atPath: "\(SourceTree.tinyModel)/emotion_encoder", toPath: folder)
      try WeightDamage.set("fc_2.2.bias", to: .nan, in: "\(folder)/model.safetensors")
      let picture = RGBImage(width: 64, height: 64, filledWith: RGBColor(9, 99, 199))
      let error = #expect(throws: CheckpointError.self) {
        try PictureEmotions(of: picture, encoder: folder, on: Compute(threads: 1))
      }
      #expect(error?.description.contains("\(folder): the encoder's probabilities are not finite") == true)
    }
  }
}
