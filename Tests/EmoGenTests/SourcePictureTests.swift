import Checkpoints
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

  private func request(_ sampler: SamplerName, strength: Double, seeds: [UInt64]? = nil) throws -> RenderRequest {
    let made = golden.metadata
    let side = try #require(Int(made["side"] ?? ""))
    var settings = RenderSettings(
      width: side, height: side, steps: try #require(Int(made["steps"] ?? "")), sampler: sampler,
      guidance: try #require(Double(made["guidance"] ?? "")), negative: made["negative"] ?? "")
    settings.source = try AddedFile(path: picture).identified()
    settings.strength = strength
    return RenderRequest(
      subject: .text(made["text"] ?? ""), settings: settings,
      seeds: try seeds ?? [#require(UInt64(made["seed"] ?? ""))])
  }

  private func render(_ request: RenderRequest, trace: RenderTrace? = nil) throws -> [RenderedImage] {
    var images: [RenderedImage] = []
    try Self.pipeline.get().render(request, trace: trace, onProgress: { _ in }, onImage: { images.append($0) })
    return images
  }

  @Test(arguments: [SamplerName.ddim, .pndm, .euler, .eulerAncestral, .dpmpp2m, .unipc], [0.3, 0.75, 1])
  func agreesWithDiffusers(_ sampler: SamplerName, _ strength: Double) throws {
    let trace = RenderTrace()
    let image = try #require(try render(request(sampler, strength: strength), trace: trace).first)
    let key = "\(sampler.rawValue)/\(strength)"
    let expected = try golden.tensor("\(key)/image").values
    let error = zip(image.image.pixels, expected).map { abs(Float($0) - $1) }.reduce(0, max)
    #expect(error <= 2, "\(error)")
    let ours = Dictionary(uniqueKeysWithValues: trace.tensors.map { ($0.name, $0.tensor) })
    let remaining = Int(10 * strength)
    let calls = sampler == .pndm ? remaining + 1 : remaining
    #expect(image.calls == calls && image.steps == remaining)
    #expect(ours["timesteps"]?.count == calls)
    #expect(ours["init_latents"]?.shape == ours["latents_init"]?.shape)
    let last = try #require(ours["latents.\(calls < 10 ? "00" : "0")\(calls)"])
    let comparison = Comparison(last.values, try golden.tensor("\(key)/latents").values)
    // The pictures differ by up to 1/255 before they are encoded, because PIL 13 resamples in another order.
    #expect(comparison.maximum < 0.05, "\(comparison)")
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
      #expect(text?.message.contains("neither a PNG nor a JPEG") == true)
    }
  }

  @Test func aStrengthThatLeavesNoStepIsRefused() throws {
    let error = #expect(throws: (any Error).self) { try render(request(.ddim, strength: 0.05)) }
    #expect("\(error ?? Failed())".contains("leaves no step"))
  }

  private struct Failed: Error {}
}
