import Admin
import ArgumentParser
import Engine
import Foundation
import Models
import Training
import Vocabulary

struct TrainBase: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "base",
    abstract: "Train a small base model from nothing: autoencoder, text and image towers, denoiser.",
    discussion: """
      The networks are those of Stable Diffusion 1.x in small; the pictures are drawn, as `emofarm dataset synth` \
      draws them. The same command goes on where the last one stopped.

      Examples:
        emofarm train base --out demo
        emofarm train base --out demo --stage unet --steps 8000
      """)

  @Option(help: ArgumentHelp("The model's folder; made if it is missing.", valueName: "dir"), completion: .directory)
  var out: String

  @Option(help: ArgumentHelp("Only this network: vae, clip or unet; needs those before it.", valueName: "name"))
  var stage: String?

  @Option(help: ArgumentHelp("Pictures of each attribute.", valueName: "n"))
  var perAttribute = 250

  @Option(help: ArgumentHelp("Pixels of a side: 64 or 128.", valueName: "n"))
  var size = 64

  @OptionGroup(title: "Training options") var training: TrainingFlags

  private static let heldOut = 8

  func validate() throws {
    guard stage.map({ BaseModel.Stage(rawValue: $0) != nil }) ?? true else {
      throw ValidationError("--stage is one of \(BaseModel.Stage.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    guard [64, 128].contains(size) else { throw ValidationError("--size is 64 or 128.") }
    guard (1...100_000).contains(perAttribute) else {
      throw ValidationError("--per-attribute is a number from 1 to 100000.")
    }
  }

  func run() async throws {
    let emotions = Emotion.allCases.map(\.rawValue)
    let compute = try Compute(threads: training.threadCount)
    let pictures = SyntheticPictures.draw(
      perAttribute: perAttribute, size: size, seed: training.seed, emotions: emotions, onBlock: {})
    let heldOut = SyntheticPictures.draw(
      perAttribute: Self.heldOut, first: perAttribute, size: size, seed: training.seed, emotions: emotions, onBlock: {})
    let captions = Captions.all(pictures.pictures, emotions: emotions)
    let model = BaseModel(folder: out)
    try model.prepare(
      words: Set(captions.flatMap { $0.split(separator: " ").map(String.init) }).sorted(), size: size)
    for stage in BaseModel.Stage.allCases where self.stage.map({ $0 == stage.rawValue }) ?? true {
      if self.stage == nil, FileManager.default.fileExists(atPath: model.path("runs/\(stage.rawValue)/finished")) {
        continue
      }
      var identity = "\(perAttribute) pictures of \(size)"
      let task: any TrainingTask
      var options: TrainingOptions
      switch stage {
      case .vae:
        task = try AutoencoderTask(
          configuration: model.path("vae/config.json"), pictures: pictures, heldOut: heldOut,
          batch: training.batch ?? 8, seed: training.seed)
        identity += ", divergence \(AutoencoderTask.divergence)"
        options = training.options(steps: 3000, rate: 7e-4, warmUp: 100, shape: .cosine, clip: 1)
      case .clip:
        task = try ContrastiveTask(
          configuration: model.path("clip/config.json"), tokenizer: model.tokenizer(), pictures: pictures,
          heldOut: heldOut, emotions: emotions, batch: training.batch ?? 64, seed: training.seed)
        identity += ", \(ContrastiveTask.augmentation)"
        options = training.options(steps: 900, rate: 1e-3, warmUp: 50, shape: .cosine, clip: 1)
      case .unet:
        let all = PictureSet(pictures.pictures + heldOut.pictures, size: size)
        task = try DenoiserTask(
          configuration: model.path("unet/config.json"), process: model.process(), pictures: all.pictures,
          latents: Latents.cached(
            all, model, in: TensorCache(path: model.path("runs/unet/latents.safetensors")), on: compute),
          captions: captions,
          contexts: Latents.contexts(captions, model.tokenizer(), model.textEncoder(), on: compute),
          emotions: emotions, heldOut: heldOut.count, batch: training.batch ?? 32, seed: training.seed,
          samples: SampleSheet(model, on: compute))
        options = training.options(steps: 4000, rate: 1e-3, warmUp: 200, shape: .cosine, clip: 1)
        options.average = 0.999
      }
      let run = try TrainingRun(
        folder: model.path("runs/\(stage.rawValue)"), task: task, options: options, identity: identity,
        compute: compute)
      try training.follow(run, exportTo: model.path(stage.rawValue))
      if stage == .clip {
        try ContrastiveTask.exportTextEncoder(from: model.path("clip"), to: model.path("text_encoder"))
      }
      _ = FileManager.default.createFile(atPath: model.path("runs/\(stage.rawValue)/finished"), contents: nil)
    }
  }
}
