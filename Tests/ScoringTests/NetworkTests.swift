import Checkpoints
import Engine
import Files
import Imaging
import Models
import Scoring
import TestSupport
import Testing

/// The classifiers and feature extractors against torchvision, pytorch-fid, lpips and transformers:
/// `Tests/Fixtures/metrics/make_networks.py`.
struct NetworkTests {
  private let fixture: [String: (shape: [Int], values: [Float])]
  private let compute: Compute

  init() throws {
    fixture = try golden("metrics/networks.safetensors")
    compute = try Compute(threads: 2)
  }

  private func weights(_ name: String) throws -> Weights {
    try Weights.open(folder: SourceTree.fixture("metrics/\(name)"))
  }

  @Test func torchvisionsResNetIsReadWithoutAConfiguration() throws {
    let (shape, values) = try fixture.tensor("pixels")
    let pixels = Tensor(shape, values.map { 2 * $0 - 1 }).channelsLast
    let network = try ResNetImageClassifier(weights("resnet"))
    #expect(network.classes == 10)
    #expect(Comparison(network(pixels, on: compute).values, try fixture.tensor("resnet").values).relative < 1e-5)
  }

  @Test func inceptionAgreesWithPytorchFID() throws {
    let network = try FIDInception(weights("inception"))
    #expect(network.features == 128)
    let features = Pictures.unit(try fixture.tensor("pixels")).flatMap {
      network($0.bilinear(side: FIDInception.imageSize), on: compute).values
    }
    #expect(Comparison(features, try fixture.tensor("inception").values).relative < 1e-4)
  }

  @Test func squaredDistancesOfPerceptualVectorsAreLPIPS() throws {
    let network = try PerceptualNetwork(weights("lpips"))
    let images = Pictures.unit(try fixture.tensor("pixels")) + Pictures.unit(try fixture.tensor("other"))
    let vectors = try images.map { try network.vector($0, on: compute) }
    func distance(_ a: Int, _ b: Int) -> Double { PairwiseDistances.squared([vectors[a], vectors[b]]).mean }
    let expected = try fixture.tensor("lpips").values
    #expect(Comparison([Float(distance(0, 2)), Float(distance(1, 3))], expected).relative < 1e-5)
    #expect(abs(distance(0, 1) - (try fixture.number("lpips_cross"))) < 1e-4)
    #expect(throws: MetricsError.self) { try network.vector(Pictures.noise(1, side: 34), on: compute) }
  }

  @Test func theErrorForWeightsOfAnotherNetworkNamesTheMissingTensor() throws {
    for (body, name) in [
      ({ _ = try ResNetImageClassifier(weights("inception")) }, "conv1.weight"),
      ({ _ = try FIDInception(weights("resnet")) }, "Conv2d_1a_3x3.conv.weight"),
      ({ _ = try PerceptualNetwork(weights("resnet")) }, "net.slice1.0"),
    ] as [(() throws -> Void, String)] {
      let error = #expect(throws: CheckpointError.self) { try body() }
      #expect(error?.message.contains(name) == true, "\(error?.description ?? "")")
    }
  }

  @Test func clipAndItsClassifierAgreeWithTransformers() throws {
    let reference = try golden("reference/image-networks.safetensors")
    let (shape, values) = try reference.tensor("pixels")
    let images = Pictures.unit((shape, values.map { ($0 + 1) / 2 }))
    let classifiers = try Classifiers(folder: SourceTree.tinyModel)
    let features = classifiers.clip.features(images, on: compute)
    // The images are the reference's pixels rounded to 8 bits.
    #expect(Comparison(features.values, try reference.tensor("clip_image_features").values).relative < 0.01)
    let probabilities = classifiers.emotion.probabilities(features, on: compute)
    #expect(probabilities.allSatisfy { abs($0.reduce(0, +) - 1) < 1e-9 })
    let tops = classifiers.content[0].top(images, on: compute)
    let logits = try reference.rows("attribute_logits")
    #expect(tops.map(\.index) == logits.map { row in row.indices.max { row[$0] < row[$1] } ?? 0 })
  }

  @Test func textFeaturesDoNotDependOnTheConfigurationsEndToken() async throws {
    try await TestFolder.with { folder in
      try PublishedModel.make(at: "\(folder)/published")
      let texts = ["an image of awe", "galaxy", ""]
      let features = try [SourceTree.tinyModel, "\(folder)/published"].map { model in
        try CLIPFeatureExtractor(folder: "\(model)/clip", tokenizers: ["\(model)/tokenizer"]).features(
          texts, on: compute)
      }
      #expect(features[0] == features[1] && features[0]?.count == 3)
    }
  }

  @Test func textFeaturesAreTheNormalisedFeaturesOfTheReference() throws {
    let classifiers = try Classifiers(folder: SourceTree.tinyModel)
    let features = try #require(try classifiers.clip.features(["an image of awe", "galaxy"], on: compute))
    #expect(features.allSatisfy { abs($0.reduce(0) { $0 + $1 * $1 } - 1) < 1e-4 })
    #expect(features[0] != features[1])
  }
}
