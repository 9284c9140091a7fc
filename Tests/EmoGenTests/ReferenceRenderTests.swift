import Checkpoints
import EmoGen
import Engine
import Imaging
import TestSupport
import Testing
import Vocabulary

/// Compares complete renders of the shipped model with those of diffusers for the same weights and seeds:
/// `Tests/Fixtures/reference/make.py`.
struct ReferenceRenderTests {
  private static let pipeline = Result {
    try EmoGenPipeline.load(ModelFolder(SourceTree.tinyModel), on: Compute(threads: 2))
  }

  @Test(arguments: [
    "0-ddim", "1-pndm", "2-euler", "3-dpmpp-2m", "4-dpmpp-2m-karras", "5-unipc", "6-ddim", "7-euler-ancestral", "text",
  ])
  func everyTensorOfARenderAgrees(name: String) throws {
    let reference = try SafetensorsFile(path: SourceTree.fixture("reference/render-\(name).safetensors"))
    let made = reference.metadata
    let sampler = try #require(SamplerName(rawValue: made["sampler"] ?? "ddim"))
    let settings = RenderSettings(
      width: 64, height: 64, steps: try #require(Int(made["steps"] ?? "")), sampler: sampler,
      guidance: try #require(Double(made["guidance"] ?? "")), negative: made["negative"] ?? "")
    let subject: Subject =
      if let text = made["text"] {
        .text(text)
      } else {
        .emotion(try EmotionSpec(parsing: made["emotion"] ?? ""), prompt: made["prompt"] ?? "")
      }
    let trace = RenderTrace()
    var images: [RenderedImage] = []
    try Self.pipeline.get().render(
      RenderRequest(subject: subject, settings: settings, seeds: [try #require(UInt64(made["seed"] ?? ""))]),
      trace: trace, onProgress: { _ in }, onImage: { images.append($0) })
    let ours = Dictionary(uniqueKeysWithValues: trace.tensors.map { ($0.name, $0.tensor) })
    #expect(Set(ours.keys) == Set(reference.tensorNames))
    for name in reference.tensorNames {
      let expected = try reference.tensor(name)
      let tensor = try #require(ours[name])
      #expect(tensor.shape == expected.shape, "\(name)")
      let bound: Float =
        switch name {
        case "timesteps": 1e-3
        case "image": 2.0 / 255
        case let name where name.hasPrefix("latents.") || name == "eps.000": 1e-3
        default: 1e-4
        }
      let comparison = Comparison(tensor.values, expected.values)
      #expect(comparison.maximum <= bound, "\(name): \(comparison)")
    }
    #expect(images.count == 1)
  }

  @Test func anImageIsTheSameBytesAloneInAChunkAndWithOneThread() throws {
    let settings = RenderSettings(width: 64, height: 64, steps: 3, sampler: .eulerAncestral, guidance: 4)
    let spec = try EmotionSpec(parsing: "awe=0.7,fear=0.3+sadness")
    let seeds = (0..<9).map { ImageSeed.of($0, startingAt: 1 << 63 - 4) }
    #expect(seeds[3] == 1 << 63 - 1 && seeds[4] == 0)
    func images(_ pipeline: EmoGenPipeline, _ seeds: [UInt64]) throws -> [RenderedImage] {
      var images: [RenderedImage] = []
      try pipeline.render(
        RenderRequest(subject: .emotion(spec, prompt: "house"), settings: settings, seeds: seeds),
        onProgress: { _ in }, onImage: { images.append($0) })
      return images
    }
    let chunk = try images(Self.pipeline.get(), seeds)
    let single = try EmoGenPipeline.load(ModelFolder(SourceTree.tinyModel), on: Compute(threads: 1))
    for index in [0, 4, 8] {
      let alone = try images(single, [seeds[index]])
      #expect(alone[0].image == chunk[index].image)
      #expect(alone[0].emotionVector == chunk[index].emotionVector)
    }
    #expect(chunk[0].image != chunk[1].image)
  }

  @Test func inactiveShortcutsKeepTheBytesAndActiveOnesDoNotDependOnTheChunk() throws {
    let pipeline = try Self.pipeline.get()
    func images(_ seeds: [UInt64], _ change: (inout RenderSettings.Shortcuts) -> Void) throws -> [RenderedImage] {
      var settings = RenderSettings(width: 64, height: 64, steps: 4, sampler: .dpmpp2m, guidance: 4)
      change(&settings.shortcuts)
      var images: [RenderedImage] = []
      try pipeline.render(
        RenderRequest(subject: .emotion(EmotionSpec(.awe), prompt: ""), settings: settings, seeds: seeds),
        onProgress: { _ in }, onImage: { images.append($0) })
      return images
    }
    let whole = try images([5, 6]) { _ in }
    let none = try images([5, 6]) {
      $0.reuse = 1
      $0.guidanceInterval = .whole
    }
    #expect(none.map(\.image) == whole.map(\.image))
    let interval = try #require(GuidanceInterval(parsing: "0.3-0.9"))
    let changes: [(inout RenderSettings.Shortcuts) -> Void] = [
      { $0.reuse = 2 }, { $0.guidanceInterval = interval },
      {
        $0.reuse = 3
        $0.guidanceInterval = interval
      },
    ]
    for change in changes {
      let chunk = try images([5, 6], change)
      #expect(chunk[1].image != whole[1].image)
      #expect(try images([6], change)[0].image == chunk[1].image)
      #expect(chunk[0].engineKind == pipeline.compute.kind.description)
    }
  }

  @Test func atGuidanceOneAndBelowThePromptCountsAndTheNegativePromptDoesNot() throws {
    func image(_ guidance: Double, text: String = "a red house", negative: String = "") throws -> RGBImage? {
      var images: [RGBImage] = []
      let settings = RenderSettings(
        width: 64, height: 64, steps: 2, sampler: .lcm, guidance: guidance, negative: negative)
      try Self.pipeline.get().render(
        RenderRequest(subject: .text(text), settings: settings, seeds: [4]),
        onProgress: { _ in }, onImage: { images.append($0.image) })
      return images.first
    }
    let plain = try image(1)
    #expect(plain != nil)
    #expect(try image(0) == plain)
    #expect(try image(0.5, negative: "a blue car") == plain)
    #expect(try image(0, text: "a blue car") != plain)
    #expect(try image(1.5) != plain)
  }

  @Test func countsTheCallsAndStepsOfHeun() throws {
    var progress: [[Int]] = []
    var images: [RenderedImage] = []
    let settings = RenderSettings(width: 64, height: 64, steps: 3, sampler: .heun, guidance: 1)
    try Self.pipeline.get().render(
      RenderRequest(subject: .text("a house"), settings: settings, seeds: [4]),
      onProgress: { if case .step(let call, let calls) = $0.block { progress.append([call, calls]) } },
      onImage: { images.append($0) })
    #expect(progress == (1...5).map { [$0, 5] })
    #expect(images.map(\.calls) == [5] && images.map(\.steps) == [3])
  }

  @Test func aThrowingCallbackStopsTheRender() throws {
    struct Stop: Error {}
    var steps = 0
    let request = RenderRequest(
      subject: .emotion(EmotionSpec(.awe), prompt: ""),
      settings: RenderSettings(width: 64, height: 64, steps: 5, sampler: .ddim, guidance: 4), seeds: [1])
    #expect(throws: Stop.self) {
      try Self.pipeline.get().render(
        request,
        onProgress: { progress in
          if case .step = progress.block { steps += 1 }
          if steps == 2 { throw Stop() }
        }, onImage: { _ in Issue.record("a stopped render returned an image") })
    }
    #expect(steps == 2)
  }

  @Test func anImageOfOddLatentSizeRenders() throws {
    var images: [RenderedImage] = []
    try Self.pipeline.get().render(
      RenderRequest(
        subject: .emotion(EmotionSpec(.fear), prompt: ""),
        settings: RenderSettings(width: 52, height: 76, steps: 2, sampler: .ddim, guidance: 4), seeds: [1]),
      onProgress: { _ in }, onImage: { images.append($0) })
    #expect(images[0].image.width == 52 && images[0].image.height == 76)
  }

  @Test(arguments: [
    (RenderSettings(width: 66, height: 64, steps: 2, sampler: .ddim, guidance: 4), "width 66"),
    (
      RenderSettings(width: 64, height: 0, steps: 2, sampler: .ddim, guidance: 4),
      "the height is 0, but must be from 8 to 2048"
    ),
    (
      RenderSettings(width: 64, height: 64, steps: 0, sampler: .ddim, guidance: 4),
      "steps is 0, but must be from 1 to 1000"
    ),
    (
      RenderSettings(width: 64, height: 64, steps: 2, sampler: .ddim, guidance: -1),
      "guidance is -1.0, but must be from 0.0 to 1000.0"
    ),
  ])
  func unsupportedRequestsAreRefusedWithAReason(settings: RenderSettings, message: String) throws {
    let pipeline = try Self.pipeline.get()
    let request = RenderRequest(subject: .emotion(EmotionSpec(.awe), prompt: ""), settings: settings, seeds: [1])
    #expect {
      try pipeline.check(request)
    } throws: {
      "\($0)".contains(message)
    }
  }
}
