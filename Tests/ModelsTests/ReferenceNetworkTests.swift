import Checkpoints
import Engine
import Models
import TestSupport
import Testing

/// The networks of the shipped model against PyTorch's outputs on the same weights:
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

  @Test func autoencoderAgreesWithDiffusers() throws {
    let file = try golden("image-networks")
    let vae = try VAE(Weights.open(folder: "\(model)/vae"), VAEConfiguration(file: "\(model)/vae/config.json"))
    let moments = vae.encoder(try file.tensor("pixels").channelsLast, on: compute).transposed([0, 3, 1, 2])
    let mean = try file.tensor("vae_mean")
    let size = mean.shape.dropFirst().reduce(1, *)
    let both = zip(mean.values.chunked(size), try file.tensor("vae_logvar").values.chunked(size)).flatMap { $0 + $1 }
    #expect(Comparison(moments.values, both).maximum < 1e-3)
    let decoded = try vae.decoder(mean.channelsLast, on: compute)
    #expect(Comparison(decoded.values, try file.tensor("vae_reconstruction").channelsLast.values).maximum < 1e-4)
  }

  @Test func resultsAreTheSameBitsAloneInABatchAndWithAnyNumberOfThreads() throws {
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
}

extension Array {
  fileprivate func chunked(_ size: Int) -> [[Element]] {
    stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
  }
}
