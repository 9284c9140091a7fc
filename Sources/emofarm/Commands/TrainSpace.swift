import ArgumentParser
import Checkpoints
import Engine
import Foundation
import Models
import Training

struct TrainSpace: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "space",
    abstract: "Fit the emotion space and the confidence of every attribute, from a trained encoder.",
    discussion: """
      Writes gaussians.safetensors (each emotion's mean and deviation) and confidence.json (how surely each attribute \
      evokes each emotion).

      Example:
        emofarm train space --encoder demo/emotion_encoder --out demo/emotion_space
      """)

  @Option(help: ArgumentHelp("The encoder's folder.", valueName: "dir"), completion: .directory)
  var encoder: String

  @Option(help: ArgumentHelp("The folder for the space.", valueName: "dir"), completion: .directory)
  var out: String

  @Flag(help: "Keep each emotion's full covariance too.")
  var fullCovariance = false

  @OptionGroup(title: "Data options") var data: TrainingData

  @Option(help: ArgumentHelp("Of the drawn pictures.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(help: ArgumentHelp("Cores to use; 0 for all.", valueName: "n"))
  var threads = 0

  func run() async throws {
    let compute = try Compute(threads: threads > 0 ? threads : ProcessInfo.processInfo.activeProcessorCount)
    let network = try ResNetClassifier(
      .open(folder: encoder), ResNetConfiguration(file: "\(encoder)/config.json"))
    guard network.configuration.classes == TrainingData.emotions else {
      throw TrainingError("\(encoder)/config.json: its classes are not the eight emotions in EmoSet's order")
    }
    let pictures = try data.train(seed: seed)
    let encoded = EncodedPictures(pictures, network, on: compute)
    try EmotionSpaceFit.write(
      encoded.vectors, labels: pictures.pictures.map(\.emotion), emotions: TrainingData.emotions,
      fullCovariance: fullCovariance, to: "\(out)/gaussians.safetensors")
    try Confidence(encoded.probabilities, attributes: pictures.pictures.map(\.attributes))
      .write(to: "\(out)/confidence.json", emotions: TrainingData.emotions)
    Console.putError("\(pictures.count) pictures: \(out)/gaussians.safetensors, \(out)/confidence.json\n")
  }
}
