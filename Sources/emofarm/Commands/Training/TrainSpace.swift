import ArgumentParser
import Engine
import Foundation
import Training
import Vocabulary

struct TrainSpace: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "space",
    abstract: "Fit the emotion space and the confidence of every attribute, from a trained encoder.",
    discussion: """
      Writes gaussians.safetensors (each emotion's mean and deviation) and confidence.json (how surely each attribute \
      evokes each emotion). What the encoder makes of the pictures is kept in the folder's run/vectors.safetensors and \
      made anew when the encoder or the pictures change.

      Examples:
        emofarm train space --encoder demo/emotion_encoder --out demo/emotion_space
        emofarm train space --encoder demo/emotion_encoder --out demo/emotion_space --full-covariance --by-confidence
      """)

  @Option(help: ArgumentHelp("The folder for the space.", valueName: "dir"), completion: .directory)
  var out: String

  @Flag(help: "Keep each emotion's full covariance, which is then drawn from instead of the deviations.")
  var fullCovariance = false

  @Flag(help: "Count each picture by how surely the encoder finds its emotion in it; all count equally otherwise.")
  var byConfidence = false

  @OptionGroup var source: EncodedData

  func run() async throws {
    let (pictures, encoded) = try source.encode(for: out)
    let classes = Emotion.names.count
    let probabilities = encoded.probabilities.values
    try EmotionSpaceFit.write(
      encoded.vectors, labels: pictures.map(\.emotion),
      weights: byConfidence ? pictures.enumerated().map { probabilities[$0 * classes + $1.emotion] } : nil,
      emotions: Emotion.names,
      fullCovariance: fullCovariance, to: "\(out)/gaussians.safetensors")
    _ = try source.writeConfidence(pictures, encoded, to: out)
    Console.say("\(pictures.count) pictures: \(out)/gaussians.safetensors, \(out)/confidence.json")
  }
}
