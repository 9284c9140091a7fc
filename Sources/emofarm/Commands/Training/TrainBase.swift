import Admin
import ArgumentParser
import Engine
import Training
import Vocabulary

struct TrainBase: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "base",
    abstract: "Train a small base model from scratch: autoencoder, text and image towers, denoiser.",
    discussion: """
      The networks are small versions of those of Stable Diffusion 1.x; the pictures are drawn as by `emofarm dataset \
      synth`. After an interruption, the same command continues where the last one stopped.

      Examples:
        emofarm train base --out demo
        emofarm train base --out demo --stage unet --steps 8000
      """)

  @Option(help: ArgumentHelp("The model's folder; created if it is missing.", valueName: "dir"), completion: .directory)
  var out: String

  @Option(
    help: ArgumentHelp("Train only this network: vae, clip or unet; needs the ones before it.", valueName: "name"))
  var stage: String?

  @Option(help: ArgumentHelp("Pictures per attribute.", valueName: "n"))
  var perAttribute = 250

  @Option(help: ArgumentHelp("Side of a picture in pixels: 64 or 128.", valueName: "n"))
  var size = 64

  @OptionGroup(title: "Training options") var training: TrainingFlags

  func validate() throws {
    guard stage.map({ NewBaseModel.Stage(rawValue: $0) != nil }) ?? true else {
      throw ValidationError(
        "--stage must be one of \(NewBaseModel.Stage.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    guard [64, 128].contains(size) else { throw ValidationError("--size must be 64 or 128.") }
    guard (1...100_000).contains(perAttribute) else {
      throw ValidationError("--per-attribute must be from 1 to 100000.")
    }
  }

  func run() async throws {
    let compute = try Compute(threads: training.threadCount)
    let recipe = try BaseTraining(folder: out, perAttribute: perAttribute, size: size, seed: training.seed)
    for stage in NewBaseModel.Stage.allCases where self.stage.map({ $0 == stage.rawValue }) ?? true {
      if self.stage == nil, recipe.isFinished(stage) { continue }
      let prepared = try recipe.prepare(stage, training.settings(over: stage.settings), on: compute)
      try training.follow(prepared.run, exportTo: prepared.out)
      try recipe.finish(stage)
    }
  }
}
