import Checkpoints
import Engine
import Models
import TestSupport
import Testing

/// The networks of the shipped model against PyTorch's outputs with the same weights:
/// `Tests/Fixtures/reference/make.py`.
struct ReferenceNetworkTests {
  private let compute: Compute
  private let model = SourceTree.tinyModel

  init() throws { compute = try Compute(threads: 2) }

  private func golden(_ file: String) throws -> SafetensorsFile {
    try SafetensorsFile(path: SourceTree.fixture("reference/\(file).safetensors"))
  }

  @Test func textEncoderAgreesWithTransformers() throws {
    let file = try golden("text-networks")
    let ids = try file.integers("ids")
    let weights = try Weights.open(folder: "\(model)/text_encoder")
    let encoder = try CLIPTextEncoder(weights, CLIPTextConfiguration(file: "\(model)/text_encoder/config.json"))
    try weights.finish()
    let expected = try file.tensor("last_hidden_state")
    let hidden = encoder(try encoder.embed(ids, on: compute).reshaped(expected.shape), on: compute)
    #expect(Comparison(hidden.values, expected.values).maximum < 1e-4)
  }

  @Test func clipTowersAgreeWithTransformers() throws {
    let text = try golden("text-networks")
    let images = try golden("image-networks")
    let clip = try CLIPModel(folder: "\(model)/clip")
    let rows = try text.integers("ids").chunked(try text.shape(of: "ids")[1])
    let textFeatures = try clip.textFeatures(rows, on: compute)
    #expect(Comparison(textFeatures.values, try text.tensor("text_features").values).maximum < 1e-4)
    let imageFeatures = clip.imageFeatures(try images.tensor("pixels").channelsLast, on: compute)
    #expect(Comparison(imageFeatures.values, try images.tensor("clip_image_features").values).maximum < 1e-4)
  }

  @Test func emotionEncoderAgreesWithPyTorch() throws {
    let file = try golden("image-networks")
    let pixels = try file.tensor("pixels").channelsLast
    for (part, output) in [("emotion_encoder", "emotion_logits"), ("attribute_classifier", "attribute_logits")] {
      let network = try ResNetClassifier(
        Weights.open(folder: "\(model)/\(part)"), ResNetConfiguration(file: "\(model)/\(part)/config.json"))
      let embeddings = network.embed(pixels, on: compute)
      if part == "emotion_encoder" {
        #expect(Comparison(embeddings.values, try file.tensor("emotion_vector").values).relative < 1e-5)
      }
      let logits = network.classify(embeddings, on: compute)
      #expect(Comparison(logits.values, try file.tensor(output).values).relative < 1e-5)
    }
  }

  /// `Tests/Fixtures/models/guided-unet.py`.
  @Test func aDenoiserThatTakesTheGuidanceScaleAgreesWithDiffusers() throws {
    let folder = SourceTree.fixture("models/guided-unet")
    let file = try SafetensorsFile(path: "\(folder)/golden.safetensors")
    let unet = try UNet(Weights.open(folder: folder), UNetConfiguration(file: "\(folder)/config.json"))
    let x = try file.tensor("x").channelsLast
    let context = AttendedContext(try file.tensor("context"), keeping: true)
    var outputs: [[Float]] = []
    for (name, scale) in [("output", nil), ("output.0.0", 0), ("output.1.0", 1), ("output.8.5", Float(8.5))] {
      let output = unet(x, timesteps: [759, 759], context: context, guidance: scale, on: compute)
      let expected = try file.tensor(name)
      #expect(Comparison(output.transposed([0, 3, 1, 2]).values, expected.values).maximum < 1e-4, "\(name)")
      outputs.append(output.values)
    }
    #expect(Comparison(outputs[1], outputs[3]).maximum > 1e-2)
  }

  @Test func autoencoderAgreesWithDiffusers() throws {
    let file = try golden("image-networks")
    let vae = try VAE(Weights.open(folder: "\(model)/vae"), VAEConfiguration(file: "\(model)/vae/config.json"))
    let moments = try vae.encoder()(try file.tensor("pixels").channelsLast, on: compute).transposed([0, 3, 1, 2])
    let mean = try file.tensor("vae_mean")
    let size = mean.shape.dropFirst().reduce(1, *)
    let both = zip(mean.values.chunked(size), try file.tensor("vae_logvar").values.chunked(size)).flatMap { $0 + $1 }
    #expect(Comparison(moments.values, both).maximum < 1e-3)
    let decoded = try vae.decoder(mean.channelsLast, on: compute)
    #expect(Comparison(decoded.values, try file.tensor("vae_reconstruction").channelsLast.values).maximum < 1e-4)
  }

  @Test func resultsHaveTheSameBitsAloneInABatchAndWithAnyNumberOfThreads() throws {
    let file = try golden("image-networks")
    let vae = try VAE(Weights.open(folder: "\(model)/vae"), VAEConfiguration(file: "\(model)/vae/config.json"))
    let latents = try file.tensor("vae_mean").channelsLast
    let batch = try vae.decoder(latents, on: compute)
    let single = try Compute(threads: 1)
    for sample in 0..<4 {
      let alone = try vae.decoder(latents.slice(sample..<sample + 1), on: single)
      #expect(alone.values == batch.slice(sample..<sample + 1).values)
    }
  }

  @Test func savingMemoryDoesNotChangeBits() throws {
    let vae = try VAE(Weights.open(folder: "\(model)/vae"), VAEConfiguration(file: "\(model)/vae/config.json"))
    let latents = try golden("image-networks").tensor("vae_mean").channelsLast.slice(0..<1)
    let frugal = try Compute(threads: 2, savesMemory: true)
    #expect(try vae.decoder(latents, on: frugal).values == vae.decoder(latents, on: compute).values)
  }

  @Test func latentsWithSeveralContextsHaveTheSameBitsAsAlone() throws {
    let unet = try UNet(Weights.open(folder: "\(model)/unet"), UNetConfiguration(file: "\(model)/unet/config.json"))
    let states = try golden("text-networks").tensor("last_hidden_state").slice(0..<4)
    let latents = try golden("image-networks").tensor("vae_mean").channelsLast.slice(0..<2)
    let context = AttendedContext(states, keeping: true)
    let shared = unet(latents, timesteps: [321, 77], context: context, on: compute)
    #expect(shared.shape == [4] + latents.shape.dropFirst())
    // The second run uses the keys and values that the first one cached.
    #expect(unet(latents, timesteps: [321, 77], context: context, on: compute).values == shared.values)
    for sample in 0..<4 {
      let alone = unet(
        latents.slice(sample % 2..<sample % 2 + 1), timesteps: [sample % 2 == 0 ? 321 : 77],
        context: states.slice(sample..<sample + 1), on: compute)
      #expect(alone.values == shared.slice(sample..<sample + 1).values)
    }
  }

  @Test func innerFeaturesReplaceTheInnerLevels() throws {
    let unet = try UNet(Weights.open(folder: "\(model)/unet"), UNetConfiguration(file: "\(model)/unet/config.json"))
    let context = AttendedContext(
      try golden("text-networks").tensor("last_hidden_state").slice(0..<2), keeping: true)
    let latents = try golden("image-networks").tensor("vae_mean").channelsLast
    func run(_ sample: Int, _ inner: InnerFeatures?) -> [Float] {
      unet(
        latents.slice(sample..<sample + 1), timesteps: [321], context: context, inner: inner, on: compute
      ).values
    }
    let inner = InnerFeatures()
    let whole = run(0, nil)
    #expect(run(0, inner) == whole)
    #expect(run(0, inner) == whole, "the outermost level alone, with the inner levels' output for the same input")
    let other = run(1, nil)
    let borrowed = run(1, inner)
    #expect(borrowed != other && borrowed != whole)
    inner.forget()
    #expect(run(1, inner) == other)
  }

  @Test func aProfileCountsTheOperationsOfEveryBlockAndDoesNotChangeBits() throws {
    let unet = try UNet(Weights.open(folder: "\(model)/unet"), UNetConfiguration(file: "\(model)/unet/config.json"))
    let states = try golden("text-networks").tensor("last_hidden_state").slice(0..<1)
    let latents = try golden("image-networks").tensor("vae_mean").channelsLast.slice(0..<1)
    let profile = Profile()
    let profiled = unet(latents, timesteps: [5], context: states, on: compute.profiled(by: profile))
    #expect(profiled.values == unet(latents, timesteps: [5], context: states, on: compute).values)
    let blocks = Set(profile.lines.map(\.block))
    #expect(blocks.isSuperset(of: ["conv_in", "down_blocks.0", "mid_block", "up_blocks.0", "conv_out"]))
    #expect(!blocks.contains(""))
    let first = try #require(profile.lines.first { $0.block == "conv_in" && $0.operation == "gemm" })
    let (pixels, inputs, outputs) = (latents.rows, latents.channels, unet.configuration.channels[0])
    #expect(first.calls == 1)
    #expect(first.operations == Double(2 * pixels * 9 * inputs * outputs))
    #expect(first.seconds > 0)
    profile.reset()
    #expect(profile.lines.isEmpty)
  }
}

extension Array {
  func chunked(_ size: Int) -> [[Element]] {
    stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
  }
}
