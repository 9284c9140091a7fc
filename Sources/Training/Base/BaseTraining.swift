import Diffusion
import EmoGen
package import Engine
import Files
import Foundation
import Loaders
package import Vocabulary

/// The training of a small base model on drawn images, stage by stage.
package struct BaseTraining {
  package let model: NewBaseModel
  private let pictures: PictureSet
  private let heldOut: PictureSet
  private let captions: [String]
  private let identity: String
  private let emotions: [String]

  /// The number of held-out images per attribute.
  private static let heldOut = 8

  /// Draws the images and writes the configurations and the tokenizer that the folder lacks.
  ///
  /// - Parameters:
  ///   - folder: the model folder.
  ///   - perAttribute: the number of training images per attribute.
  ///   - size: the side length in pixels.
  /// - Throws: `TrainingError` or `CheckpointError` if the folder cannot be written.
  package init(folder: String, perAttribute: Int, size: Int, seed: UInt64) throws {
    let emotions = Emotion.names
    func draw(_ count: Int, first: Int) -> PictureSet {
      SyntheticPictures.draw(
        perAttribute: count, first: first, size: size, seed: seed, onBlock: {})
    }
    self.emotions = emotions
    model = NewBaseModel(folder: folder)
    pictures = draw(perAttribute, first: 0)
    heldOut = draw(Self.heldOut, first: perAttribute)
    captions = Captions.all(pictures.pictures, emotions: emotions)
    identity = "\(perAttribute) pictures of \(size)"
    try model.prepare(
      words: Set(captions.flatMap { $0.split(separator: " ").map(String.init) }).sorted(), size: size)
  }

  /// Whether the training of a stage has finished.
  package func isFinished(_ stage: NewBaseModel.Stage) -> Bool {
    FileManager.default.fileExists(atPath: mark(stage))
  }

  /// Creates a stage's task and run, which resumes an earlier run with the same settings.
  ///
  /// - Throws: `CheckpointError` if a network of an earlier stage is missing, `TrainingError` if the run's folder holds
  ///   another run.
  package func prepare(
    _ stage: NewBaseModel.Stage, _ settings: TrainingSettings, on compute: Compute
  ) throws -> PreparedTraining {
    let task = try task(stage, settings, on: compute)
    var options = settings.options
    options.average = stage.average
    var identity = identity
    switch stage {
    case .vae: identity += ", divergence \(AutoencoderTask.divergence)"
    case .clip: identity += ", \(ContrastiveTask.augmentation)"
    case .unet: break
    }
    let run = try TrainingRun(
      folder: model.path("runs/\(stage.rawValue)"), task: task, options: options, identity: identity, compute: compute)
    return PreparedTraining(task: task, run: run, out: model.path(stage.rawValue))
  }

  /// Writes what later stages need in addition to the trained network, and marks the stage as finished.
  ///
  /// - Throws: `CheckpointError` if the network is missing, `TrainingError` if the folder cannot be written.
  package func finish(_ stage: NewBaseModel.Stage) throws {
    if stage == .clip {
      try ContrastiveTask.exportTextEncoder(from: model.path("clip"), to: model.path("text_encoder"))
    }
    guard FileManager.default.createFile(atPath: mark(stage), contents: nil) else {
      throw TrainingError("\(mark(stage)) cannot be written: without it the stage would be trained again")
    }
  }

  private func mark(_ stage: NewBaseModel.Stage) -> String { model.path("runs/\(stage.rawValue)/finished") }

  private func task(
    _ stage: NewBaseModel.Stage, _ settings: TrainingSettings, on compute: Compute
  ) throws -> any TrainingTask {
    switch stage {
    case .vae:
      return try AutoencoderTask(
        configuration: model.path("vae/config.json"), pictures: pictures, heldOut: heldOut, batch: settings.batch,
        seed: settings.seed)
    case .clip:
      return try ContrastiveTask(
        configuration: model.path("clip/config.json"), tokenizer: model.tokenizer(), pictures: pictures,
        heldOut: heldOut, emotions: emotions, batch: settings.batch, seed: settings.seed)
    case .unet:
      let networks = try AdaptedModel(ModelFolder(model.folder).base)
      let (tokenizer, encoder) = try networks.words()
      let all = PictureSet(pictures.pictures + heldOut.pictures, size: pictures.size)
      return try DenoiserTask(
        configuration: model.path("unet/config.json"), process: ForwardProcess(networks.base.scheduler),
        pictures: all.pictures,
        latents: Latents.cached(
          all, networks, in: TensorCache(path: model.path("runs/unet/latents.safetensors")), on: compute),
        captions: captions,
        contexts: Latents.contexts(captions, tokenizer, encoder, on: compute),
        emotions: emotions, heldOut: heldOut.count, batch: settings.batch, seed: settings.seed,
        samples: SampleSheet(networks, on: compute))
    }
  }
}

extension NewBaseModel.Stage {
  /// The default settings of a stage.
  package var settings: TrainingSettings {
    switch self {
    case .vae: TrainingSettings(steps: 3000, batch: 8, rate: 7e-4, warmUp: 100, schedule: .cosine, clip: 1)
    case .clip: TrainingSettings(steps: 900, batch: 64, rate: 1e-3, warmUp: 50, schedule: .cosine, clip: 1)
    case .unet: TrainingSettings(steps: 4000, batch: 32, rate: 1e-3, warmUp: 200, schedule: .cosine, clip: 1)
    }
  }

  /// The decay of the moving average of the weights, which is exported; if nil, the weights themselves are exported.
  var average: Double? { self == .unet ? 0.999 : nil }
}
