import ArgumentParser
import Engine
import Foundation
import Models
import Training

struct TrainClassifier: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classifier",
    abstract: "Train the classifier that judges generated images: one layer over CLIP's image features.",
    discussion: """
      It is trained apart from the encoder, so that the encoder is not its own judge.

      Example:
        emofarm train classifier --clip demo/clip --out demo/emotion_classifier
      """)

  @Option(help: ArgumentHelp("The CLIP model's folder.", valueName: "dir"), completion: .directory)
  var clip: String

  @Option(help: ArgumentHelp("The folder for the classifier.", valueName: "dir"), completion: .directory)
  var out: String

  @OptionGroup(title: "Data options") var data: TrainingData
  @OptionGroup(title: "Training options") var training: TrainingFlags

  func run() async throws {
    let compute = try Compute(threads: training.threadCount)
    let network = try CLIPModel(folder: clip)
    let pictures = try data.train(seed: training.seed)
    let heldOut = try data.heldOut(seed: training.seed)
    let task = try ClassifierTask(
      features: ImageFeatures.of(pictures, network, on: compute), labels: pictures.pictures.map(\.emotion),
      heldOut: ImageFeatures.of(heldOut, network, on: compute), heldOutLabels: heldOut.pictures.map(\.emotion),
      emotions: TrainingPictures.emotions, batch: training.batch ?? 256, seed: training.seed)
    let options = training.options(steps: 1500, rate: 1e-2, warmUp: 50, shape: .cosine)
    let run = try TrainingRun(
      folder: "\(out)/run", task: task, options: options, identity: data.pictures.identity, compute: compute)
    try training.follow(run, exportTo: out)
  }
}
