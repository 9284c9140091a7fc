import Checkpoints
import Diffusion
import EmoGen
import Engine
import Files
import Foundation
import Imaging
import TestSupport
import Testing
import Vocabulary

/// Images from a picture, compared with those of diffusers' `StableDiffusionImg2ImgPipeline` by
/// `Tests/Fixtures/pictures/make.py`.
struct SourcePictureTests {
  private static let pipeline = Result {
    try EmoGenPipeline.load(ModelFolder(SourceTree.tinyModel), on: Compute(threads: 2))
  }

  private let golden: SafetensorsFile
  private let picture = SourceTree.fixture("imaging/full.jpg")

  init() throws { golden = try SafetensorsFile(path: SourceTree.fixture("pictures/from-picture.safetensors")) }

  private func request(
    _ sampler: SamplerName, strength: Double, steps: Int = 10, guidance: Double = 5, picture: String? = nil,
    seeds: [UInt64]? = nil
  ) throws -> RenderRequest {
    let made = golden.metadata
    var settings = RenderSettings(
      width: try #require(Int(made["width"] ?? "")), height: try #require(Int(made["height"] ?? "")), steps: steps,
      sampler: sampler, guidance: guidance, negative: made["negative"] ?? "")
    settings.source = try AddedFile(path: picture ?? self.picture).identified()
    settings.strength = strength
    return RenderRequest(
      subject: .text(made["text"] ?? ""), settings: settings,
      seeds: try seeds ?? [#require(UInt64(made["seed"] ?? ""))])
  }

  /// The request of a case SAMPLER/STRENGTH/STEPS/GUIDANCE/ETA/SOURCE of the fixture.
  private func request(of name: String) throws -> RenderRequest {
    let parts = name.split(separator: "/").map(String.init)
    let sampler = try #require(SamplerName(rawValue: parts[0].replacing("-guided", with: "")))
    var request = try request(
      sampler, strength: #require(Double(parts[1])), steps: #require(Int(parts[2])),
      guidance: #require(Double(parts[3])),
      picture: parts[5] == "small" ? SourceTree.fixture("pictures/source.png") : nil)
    request.settings.eta = sampler.takesEta ? Double(parts[4]) : nil
    return request
  }

  private func render(
    _ request: RenderRequest, with pipeline: EmoGenPipeline? = nil, trace: RenderTrace? = nil
  ) throws -> [RenderedImage] {
    var images: [RenderedImage] = []
    try (pipeline ?? Self.pipeline.get()).render(
      request, trace: trace, onProgress: { _ in }, onImage: { images.append($0) })
    return images
  }

  /// Compares the cases of a sampler with diffusers.
  ///
  /// - Parameters:
  ///   - name: the sampler's name in the fixture.
  ///   - pipeline: that of the folder; nil for the shipped model.
  private func compare(
    _ name: String, expecting count: Int, with pipeline: EmoGenPipeline? = nil, of folder: String = SourceTree.tinyModel
  ) throws {
    let model = try ModelFolder(folder)
    let cases = golden.tensorNames.filter { $0.hasPrefix("\(name)/") && $0.hasSuffix("/image") }
    #expect(cases.count == count)
    for name in cases.map({ $0.replacing("/image", with: "") }) {
      let request = try request(of: name)
      let trace = RenderTrace()
      let image = try #require(try render(request, with: pipeline, trace: trace).first)
      let expected = try golden.tensor("\(name)/image").values
      let error = zip(image.image.pixels, expected).map { abs(Float($0) - $1) }.reduce(0, max)
      #expect(error <= 2, "\(name): \(error)")
      let ours = Dictionary(uniqueKeysWithValues: trace.tensors.map { ($0.name, $0.tensor) })
      #expect(ours["timesteps"]?.count == image.calls)
      #expect(try model.calls(for: request.settings).all == image.calls)
      #expect(ours["init_latents"]?.shape == ours["latents_init"]?.shape)
      let last = try #require(ours["latents.\(image.calls < 10 ? "00" : "0")\(image.calls)"])
      let comparison = Comparison(last.values, try golden.tensor("\(name)/latents").values)
      // Resized pictures differ by up to 1/255 before they are encoded, because PIL 13 resamples in another order.
      #expect(comparison.maximum < (name.hasSuffix("/small") ? 1e-3 : 0.05), "\(name): \(comparison)")
    }
    let refused = try JSONDecoder().decode([String].self, from: Data((golden.metadata["refused"] ?? "").utf8))
    for name in refused.filter({ $0.hasPrefix("\(name)/") }) {
      let error = #expect(throws: SamplerError.self) { try render(request(of: name), with: pipeline) }
      #expect(error?.code == .steps && error?.message.contains("strength") == true, "\(name)")
    }
  }

  @Test(arguments: SamplerName.allCases)
  func agreesWithDiffusers(_ sampler: SamplerName) throws {
    let further = [SamplerName.ddim: 2, .pndm: 3, .unipc: 1, .tcd: 2]
    try compare(sampler.rawValue, expecting: 6 + further[sampler, default: 0])
  }

  @Test(arguments: [SamplerName.ddim, .pndm, .euler, .heun], [0.3, 0.75, 1])
  func makesTheStepsThatTheStrengthLeaves(_ sampler: SamplerName, _ strength: Double) throws {
    let image = try #require(try render(request(sampler, strength: strength)).first)
    let remaining = Int(10 * strength)
    let calls =
      switch sampler {
      case .pndm: remaining + 1
      case .heun: 2 * remaining - 1
      default: remaining
      }
    #expect(image.calls == calls && image.steps == remaining)
  }

  /// Without a picture; `compare` does the same with one.
  @Test(arguments: SamplerName.allCases) func callsAreCountedWithoutRendering(_ sampler: SamplerName) throws {
    var request = try request(sampler, strength: 1, steps: 4)
    request.settings.source = nil
    request.settings.shortcuts.guidanceInterval = try #require(GuidanceInterval(parsing: "0.3-0.8"))
    let trace = RenderTrace()
    let image = try #require(try render(request, trace: trace).first)
    let counted = try ModelFolder(SourceTree.tinyModel).calls(for: request.settings)
    let timesteps = try #require(trace.tensors.first { $0.name == "timesteps" }).tensor.values
    #expect(counted.all == image.calls)
    #expect(counted.guided == timesteps.count { (300...800).contains($0) })
    #expect(sampler.usualCalls(steps: 4, strength: 1) == image.calls)
  }

  /// Timesteps that are noise levels have no place in the schedule.
  @Test func aGuidanceIntervalNeedsTimesteps() async throws {
    try await TestFolder.with { home in
      try FileManager.default.copyItem(atPath: SourceTree.tinyModel, toPath: "\(home)/model")
      let place = URL(filePath: "\(home)/model/scheduler/scheduler_config.json")
      var values = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: place)) as? [String: Any])
      values["timestep_type"] = "continuous"
      values["prediction_type"] = "v_prediction"
      try JSONSerialization.data(withJSONObject: values).write(to: place)
      let model = try ModelFolder("\(home)/model")
      var settings = RenderSettings(width: 64, height: 64, steps: 4, sampler: .euler, guidance: 4)
      #expect(try model.calls(for: settings) == DenoiserCalls(all: 4, guided: 4))
      settings.shortcuts.guidanceInterval = try #require(GuidanceInterval(parsing: "0.2-1"))
      let error = #expect(throws: RenderError.self) { try model.calls(for: settings) }
      #expect(error?.message.contains("timestep_type continuous") == true)
      settings.sampler = .ddim
      #expect(try model.calls(for: settings).all == 4)
    }
  }

  /// diffusers' `LatentConsistencyModelImg2ImgPipeline` makes all steps, whatever the strength.
  @Test func aModelThatTakesTheGuidanceAsAnInputSpreadsItsStepsOverTheStrength() async throws {
    try await TestFolder.with { folder in
      let model = "\(folder)/model"
      try FileManager.default.copyItem(atPath: SourceTree.tinyModel, toPath: model)
      let condition = try #require(Int(golden.metadata["condition"] ?? ""))
      let place = URL(filePath: "\(model)/unet/config.json")
      var values = try #require(
        try JSONSerialization.jsonObject(with: Data(contentsOf: place)) as? [String: Any])
      values["time_cond_proj_dim"] = condition
      let width = try #require((values["block_out_channels"] as? [Int])?.first)
      try JSONSerialization.data(withJSONObject: values).write(to: place)
      let path = "\(model)/unet/diffusion_pytorch_model.safetensors"
      let file = try SafetensorsFile(path: path)
      var generator = TorchGenerator(seed: 0)
      let weight = Tensor([width, condition], generator.normal(width * condition))
      try Safetensors.write(
        path: path,
        tensors: file.tensorNames.map { ($0, try file.tensor($0)) } + [("time_embedding.cond_proj.weight", weight)])
      let pipeline = try EmoGenPipeline.load(ModelFolder(model), on: Compute(threads: 1))
      try compare("lcm-guided", expecting: 3, with: pipeline, of: model)
    }
  }

  @Test func anImageIsTheSameAloneAndInAChunk() throws {
    let request = try request(.eulerAncestral, strength: 0.6, seeds: [3, 4, 5])
    let chunk = try render(request)
    var one = request
    one.seeds = [5]
    #expect(try render(one)[0].image == chunk[2].image)
    #expect(chunk[0].image != chunk[1].image)
    var noise = one
    noise.settings.source = nil
    #expect(try render(noise)[0].image != chunk[2].image)
  }

  @Test func aChangedPictureIsRefusedByName() async throws {
    try await TestFolder.with { folder in
      let path = "\(folder)/picture.png"
      try Data(PNG.encode(RGBImage(width: 32, height: 32, filledWith: RGBColor(9, 99, 199)))).write(
        to: URL(filePath: path))
      var request = try request(.ddim, strength: 0.5)
      request.settings.source = try AddedFile(path: path).identified()
      #expect(try render(request).count == 1)
      try Data(PNG.encode(RGBImage(width: 32, height: 32, filledWith: RGBColor(9, 99, 198)))).write(
        to: URL(filePath: path))
      let changed = #expect(throws: RenderError.self) { try render(request) }
      #expect(changed?.message.contains("picture.png") == true && changed?.message.contains("changed") == true)
      try FileManager.default.removeItem(atPath: path)
      let missing = #expect(throws: RenderError.self) { try render(request) }
      #expect(missing?.message.contains("there is no such file") == true)
      try Data("no picture".utf8).write(to: URL(filePath: path))
      request.settings.source = try AddedFile(path: path).identified()
      let text = #expect(throws: RenderError.self) { try render(request) }
      #expect(text?.message.contains("neither a PNG, a JPEG nor a WebP") == true)
    }
  }
}
