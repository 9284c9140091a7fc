import Checkpoints
import Diffusion
import EmoGen
import Engine
import Foundation
import Imaging
import Loaders
import Models
import TestSupport
import Testing
import Training
import Vocabulary

/// Trains each stage on a miniature problem: the loss decreases, and the exported files load.
struct TaskTests {
  private static let emotions = Emotion.names
  private static let pictures = SyntheticPictures.draw(
    perAttribute: 2, size: 64, seed: 1, onBlock: {})

  /// Whether the mean of the last losses is below that of the first.
  private static func falls(_ losses: [Double], to factor: Double = 1) -> Bool {
    let count = max(2, losses.count / 5)
    let first: Double = losses.prefix(count).reduce(0, +)
    let last: Double = losses.suffix(count).reduce(0, +)
    return last < factor * first
  }

  private static func losses(_ task: any TrainingTask, steps: Int, rate: Double, in folder: String, threads: Int = 2)
    throws -> [Double]
  {
    var losses: [Double] = []
    let run = try TrainingRun(
      folder: "\(folder)/run", task: task,
      options: TrainingOptions(steps: steps, rate: LearningRate(peak: rate), checkpointEvery: steps, logEvery: 1),
      identity: "test", compute: Compute(threads: threads))
    _ = try run.run(exportTo: "\(folder)/out", report: { losses.append($0.figures[0].value) })
    return losses
  }

  @Test func aBaseModelTrainsFromNothingAndLoads() async throws {
    try await TestFolder.with { folder in
      let model = NewBaseModel(folder: folder)
      let captions = Captions.all(Self.pictures.pictures, emotions: Self.emotions)
      let words = Set(captions.flatMap { $0.split(separator: " ").map(String.init) }).sorted()
      try model.prepare(words: words, size: 64)
      let tokenizer = try model.tokenizer()
      for word in words { #expect(tokenizer.encode(word).count == 1, "\(word)") }
      #expect(tokenizer.encode("a \(words[0])").count == 2)

      let compute = try Compute(threads: 2)
      let vae = try AutoencoderTask(
        configuration: model.path("vae/config.json"), pictures: Self.pictures, heldOut: Self.pictures, batch: 2, seed: 1
      )
      let errors = try Self.losses(vae, steps: 8, rate: 2e-3, in: model.path("first"))
      #expect(Self.falls(errors))
      try vae.export(to: model.path("vae"), on: compute)
      let scaled = try VAEConfiguration(file: model.path("vae/config.json"))
      #expect(scaled.scalingFactor != 1)

      let clip = try ContrastiveTask(
        configuration: model.path("clip/config.json"), tokenizer: tokenizer, pictures: Self.pictures,
        heldOut: Self.pictures, emotions: Self.emotions, batch: 8, seed: 1)
      let contrasts = try Self.losses(clip, steps: 12, rate: 1e-3, in: model.path("second"))
      #expect(Self.falls(contrasts))
      try clip.export(to: model.path("clip"), on: compute)
      try ContrastiveTask.exportTextEncoder(from: model.path("clip"), to: model.path("text_encoder"))

      let few = PictureSet(Array(Self.pictures.pictures.prefix(8)), size: 64)
      let networks = try AdaptedModel(BaseModel(folder))
      let denoiser = try DenoiserTask(
        configuration: model.path("unet/config.json"), process: ForwardProcess(networks.base.scheduler),
        pictures: few.pictures, latents: Latents.encode(few, networks.autoencoder(), on: compute, onBlock: {}),
        captions: captions, contexts: Latents.contexts(captions, tokenizer, networks.words().encoder, on: compute),
        emotions: Self.emotions, heldOut: 2, batch: 4, seed: 1, samples: SampleSheet(networks, on: compute))
      let noise = try Self.losses(denoiser, steps: 10, rate: 1e-3, in: model.path("third"))
      #expect(Self.falls(noise))
      let picture = try denoiser.evaluate(step: 10, on: compute).picture
      #expect(picture?.height == 64 && (picture?.width ?? 0) >= 64)
      try denoiser.export(to: model.path("unet"), on: compute)
      let pipeline = try EmoGenPipeline.load(ModelFolder(folder), on: compute)
      #expect(!pipeline.model.files.contains { $0.path.hasPrefix("mapper/") })
    }
  }

  @Test func anEncoderLearnsAndItsSpaceAndConfidenceFollow() async throws {
    try await TestFolder.with { folder in
      var weights: [Data] = []
      for threads in [1, 2] {
        let own = "\(folder)/\(threads)"
        try EncoderTask.writeConfiguration(
          width: 8, layers: [1, 1], embedding: 16, classes: Self.emotions, imageSize: 32, to: "\(own)/config.json")
        let task = try EncoderTask(
          configuration: "\(own)/config.json", pictures: Self.pictures, heldOut: Self.pictures,
          label: \.emotion, batch: 16, dropout: 0.1, seed: 1)
        let losses = try Self.losses(task, steps: 25, rate: 3e-3, in: own, threads: threads)
        #expect(Self.falls(losses, to: 0.9))
        weights.append(try Data(contentsOf: URL(filePath: "\(own)/out/model.safetensors")))
      }
      #expect(weights[0] == weights[1])

      let compute = try Compute(threads: 2)
      let encoder = try ResNetClassifier(
        .open(folder: "\(folder)/1/out"), ResNetConfiguration(file: "\(folder)/1/out/config.json"))
      let encoded = EncodedPictures(Self.pictures, encoder, on: compute, onBlock: {})
      let labels = Self.pictures.pictures.map(\.emotion)
      try EmotionSpaceFit.write(
        encoded.vectors, labels: labels, emotions: Self.emotions, fullCovariance: true,
        to: "\(folder)/space.safetensors")
      let space = try Weights(file: "\(folder)/space.safetensors")
      let rows = labels.indices.filter { labels[$0] == 0 }
      let values = rows.map { Double(encoded.vectors.values[$0 * 16 + 3]) }
      let mean = values.reduce(0, +) / Double(values.count)
      let squares: Double = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +)
      let spread = squares / Double(values.count - 1)
      let fittedMean = Double(try space.tensor("amusement.mean", [16]).values[3])
      let fittedDeviation = Double(try space.tensor("amusement.std", [16]).values[3])
      #expect(abs(fittedMean - mean) < 1e-5)
      #expect(abs(fittedDeviation - spread.squareRoot()) < 1e-5)
      let factor = try space.tensor("amusement.cholesky", [16, 16]).values[48..<64].map { Double($0) }
      let own: Double = factor.reduce(0) { $0 + $1 * $1 }
      #expect(abs(own - spread) < 1e-3 * max(spread, 1e-3))

      let confidence = Confidence(encoded.probabilities, attributes: Self.pictures.pictures.map(\.attributes))
      #expect(confidence.table.count == 32)
      #expect(confidence.table.values.allSatisfy { abs($0.reduce(0, +) - 1) < 1e-5 })
      try confidence.write(to: "\(folder)/confidence.json", emotions: Self.emotions)
      let read = try Confidence(file: "\(folder)/confidence.json", emotions: Self.emotions)
      #expect(read.table == confidence.table)
    }
  }

  /// The pooling of the attribute loss does not depend on the end token in the configurations.
  @Test func theMapperTrainsWithTheTokenIDsOfPublishedConfigurations() async throws {
    try await TestFolder.with { folder in
      let few = PictureSet(Array(Self.pictures.pictures.prefix(8)), size: 64)
      try PublishedModel.make(at: "\(folder)/published")
      let losses = try [SourceTree.tinyModel, "\(folder)/published"].enumerated().map { number, model in
        let stage = MapperStage(model: model, settings: MapperSettings.Preset.paper.settings)
        let task = try stage.task(few, to: "\(folder)/mapper\(number)", batch: 4, seed: 1, on: Compute(threads: 2))
        return try Self.losses(task, steps: 3, rate: 1e-3, in: "\(folder)/\(number)")
      }
      #expect(losses[0] == losses[1] && losses[0].count == 3)
    }
  }

  @Test func theMapperTrainsOnAModelFolder() async throws {
    try await TestFolder.with { folder in
      let few = PictureSet(Array(Self.pictures.pictures.prefix(16)), size: 64)
      var settings = MapperSettings.Preset.paper.settings
      settings.vectorNoise = 0.3
      let stage = MapperStage(model: SourceTree.tinyModel, settings: settings)
      let task = try stage.task(few, to: "\(folder)/mapper", batch: 4, seed: 1, on: Compute(threads: 2))
      let losses = try Self.losses(task, steps: 6, rate: 1e-3, in: folder)
      #expect(losses.allSatisfy { $0.isFinite })
      let mapper = try Mapper(.open(folder: "\(folder)/out"), configuration: "\(folder)/out/config.json")
      #expect(mapper.inputs == 128 && mapper.outputs == 128)
    }
  }
}
