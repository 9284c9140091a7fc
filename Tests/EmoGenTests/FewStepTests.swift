import Checkpoints
import EmoGen
import Engine
import Foundation
import Imaging
import Loaders
import Models
import TestSupport
import Testing
import Vocabulary

/// The shipped model with a LoRA for few steps, compared with diffusers: `Tests/Fixtures/few-steps/make.py`.
struct FewStepTests {
  private let golden: SafetensorsFile

  init() throws { golden = try SafetensorsFile(path: SourceTree.fixture("few-steps/few-steps.safetensors")) }

  /// Writes the LoRA of the fixture.
  private func lora(in folder: String) throws -> LoRAUse {
    let made = golden.metadata
    let shapes = try JSONDecoder().decode([String: [Int]].self, from: Data((made["lora"] ?? "").utf8))
    #expect(shapes.count == 3 * 133)
    let (scale, alpha) = (try #require(Float(made["scale"] ?? "")), try #require(Float(made["alpha"] ?? "")))
    let tensors = shapes.sorted { $0.key < $1.key }.enumerated().map { position, entry in
      var generator = TorchGenerator(seed: UInt64(position))
      let numbers = generator.normal(entry.value.reduce(1, *)).map { $0 * scale }
      return (entry.key, Tensor(entry.value, entry.value.isEmpty ? [alpha] : numbers))
    }
    let path = "\(folder)/lora.safetensors"
    try Safetensors.write(path: path, tensors: tensors)
    return LoRAUse(file: try AddedFile(path: path).identified())
  }

  @Test func theMergedNetworkAgreesWithTheFusedOneOfDiffusers() async throws {
    try await TestFolder.with { folder in
      let (base, compute) = (try BaseModel(SourceTree.tinyModel), try Compute(threads: 1))
      let model = try AdaptedModel(base, Additions(loras: [lora(in: folder)]), on: compute)
      let output = try UNet(model.weights(.unet), base.unet)(
        golden.tensor("given").channelsLast, timesteps: [759], context: golden.tensor("context"), on: compute)
      let comparison = Comparison(output.values, try golden.tensor("output").channelsLast.values)
      #expect(comparison.maximum < 1e-4, "\(comparison)")
    }
  }

  @Test func fewStepsAgreeWithDiffusers() async throws {
    let made = golden.metadata
    try await TestFolder.with { folder in
      let additions = Additions(loras: [try lora(in: folder)])
      let pipeline = try EmoGenPipeline.load(
        ModelFolder(SourceTree.tinyModel), additions: additions, on: Compute(threads: 2))
      let cases = golden.tensorNames.filter { $0.hasSuffix("/latents") }
      #expect(cases.count == 18)
      for name in cases {
        let parts = name.split(separator: "/").map(String.init)
        let sampler = try #require(SamplerName(rawValue: parts[0]))
        var settings = RenderSettings(
          width: try #require(Int(made["width"] ?? "")), height: try #require(Int(made["height"] ?? "")),
          steps: try #require(Int(parts[2])), sampler: sampler, guidance: try #require(Double(parts[3])),
          negative: made["negative"] ?? "")
        settings.timestepSpacing = TimestepSpacing(rawValue: parts[1])
        settings.eta = sampler.takesEta ? Double(parts[4]) : nil
        settings.additions = additions
        let trace = RenderTrace()
        var images: [RenderedImage] = []
        try pipeline.render(
          RenderRequest(
            subject: .text(made["text"] ?? ""), settings: settings, seeds: [try #require(UInt64(made["seed"] ?? ""))]),
          trace: trace, onProgress: { _ in }, onImage: { images.append($0) })
        let last = try #require(trace.tensors.last { $0.name.hasPrefix("latents.") })
        let comparison = Comparison(last.tensor.values, try golden.tensor(name).values)
        #expect(comparison.maximum < 1e-3, "\(name): \(comparison)")
        let expected = try golden.tensor(name.replacing("/latents", with: "/image")).values
        let error = zip(try #require(images.first).image.pixels, expected).map { abs(Float($0) - $1) }.reduce(0, max)
        #expect(error <= 2, "\(name): \(error)")
      }
    }
  }
}
