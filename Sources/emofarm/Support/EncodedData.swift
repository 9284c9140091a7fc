import ArgumentParser
import Datasets
import Engine
import Files
import Foundation
import Models
import Training
import Vocabulary

/// A trained encoder and the pictures to encode with it.
struct EncodedData: ParsableArguments {
  @Option(help: ArgumentHelp("The encoder's folder.", valueName: "dir"), completion: .directory)
  var encoder: String

  @OptionGroup(title: "Data options") var data: TrainingData

  @Option(help: ArgumentHelp("Seed of the drawn pictures.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(help: ArgumentHelp("Cores to use; 0 for all.", valueName: "n"))
  var threads = 0

  func validate() throws {
    guard threads >= 0 else { throw ValidationError("--threads must be 0 or greater.") }
  }

  /// Encodes the training pictures, or reads the cached vectors from `<folder>/run/vectors.safetensors`.
  func encode(for folder: String) throws -> (pictures: [Picture], encoded: EncodedPictures) {
    let compute = try Compute(threads: threads > 0 ? threads : ProcessInfo.processInfo.activeProcessorCount)
    guard try ResNetConfiguration(file: "\(encoder)/config.json").classes == Emotion.names else {
      throw TrainingError("\(encoder)/config.json: its classes are not the eight emotions in EmoSet's order")
    }
    let pictures = try data.train(seed: seed)
    let cache = TensorCache(path: "\(folder)/run/vectors.safetensors")
    return (pictures.pictures, try EncodedPictures.cached(pictures, encoder: encoder, in: cache, on: compute))
  }

  /// Writes `<folder>/confidence.json`, with attributes as the dataset spells them.
  func writeConfidence(_ pictures: [Picture], _ encoded: EncodedPictures, to folder: String) throws -> Confidence {
    let confidence = Confidence(encoded.probabilities, attributes: pictures.map(\.attributes))
    try confidence.write(
      to: "\(folder)/confidence.json", emotions: Emotion.names, spelling: try data.pictures.spelling())
    return confidence
  }
}
