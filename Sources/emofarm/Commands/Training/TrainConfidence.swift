import ArgumentParser
import Foundation
import Training

struct TrainConfidence: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "confidence",
    abstract: "Measure each attribute's confidence in each emotion with a trained encoder.",
    discussion: """
      An attribute's confidence in an emotion is the mean of the encoder's probability of it over the attribute's \
      pictures. Writes confidence.json, and reuses the encodings that 'emofarm train space' saved in the folder.

      Example:
        emofarm train confidence --encoder demo/emotion_encoder --out demo/emotion_space
      """)

  @Option(help: ArgumentHelp("The folder for confidence.json.", valueName: "dir"), completion: .directory)
  var out: String

  @OptionGroup var source: EncodedData

  func run() async throws {
    let (pictures, encoded) = try source.encode(for: out)
    let confidence = try source.writeConfidence(pictures, encoded, to: out)
    Console.say("\(pictures.count) pictures, \(confidence.table.count) attributes: \(out)/confidence.json")
  }
}
