import ArgumentParser
import Engine
import Foundation
import Training
import Vocabulary

struct TrainSpace: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "space",
    abstract: "Fit the emotion space and every attribute's confidences with a trained encoder.",
    discussion: """
      Writes gaussians.safetensors (each emotion's mean and standard deviation) and confidence.json (each attribute's \
      confidence in each emotion). The encoded pictures are cached in the folder's run/vectors.safetensors and \
      computed again if the encoder or the pictures change.

      Examples:
        emofarm train space --encoder demo/emotion_encoder --out demo/emotion_space
        emofarm train space --encoder demo/emotion_encoder --out demo/emotion_space --full-covariance --by-confidence
      """)

  @Option(help: ArgumentHelp("The folder for the space.", valueName: "dir"), completion: .directory)
  var out: String

  @Flag(help: "Also fit each emotion's full covariance, which sampling then uses instead of the standard deviations.")
  var fullCovariance = false

  @Flag(help: "Weight each picture by the encoder's probability of its emotion; by default all count equally.")
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
