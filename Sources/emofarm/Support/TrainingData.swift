import ArgumentParser
import EmoGen
import Training

/// Where the pictures of a stage come from.
struct TrainingData: ParsableArguments {
  @Option(
    help: ArgumentHelp("A dataset in EmoSet's layout; drawn pictures where none is named.", valueName: "dir"),
    completion: .directory)
  var data: String?

  @Option(help: ArgumentHelp("Drawn pictures of each attribute.", valueName: "n"))
  var perAttribute = 250

  @Option(help: ArgumentHelp("Pixels of a drawn picture's side.", valueName: "n"))
  var size = 64

  static let emotions = Emotion.allCases.map(\.rawValue)
  /// Drawn pictures of each attribute that are not trained on.
  private static let heldOut = 8

  func validate() throws {
    guard [64, 128].contains(size) else { throw ValidationError("--size is 64 or 128.") }
    guard (1...100_000).contains(perAttribute) else {
      throw ValidationError("--per-attribute is a number from 1 to 100000.")
    }
  }

  /// Which pictures, in words: another set is another run.
  var identity: String { data ?? "\(perAttribute) drawn pictures of \(size)" }

  func train(seed: UInt64) throws -> PictureSet {
    SyntheticPictures.draw(perAttribute: perAttribute, size: size, seed: seed, emotions: Self.emotions)
  }

  func heldOut(seed: UInt64) throws -> PictureSet {
    SyntheticPictures.draw(
      perAttribute: Self.heldOut, first: perAttribute, size: size, seed: seed, emotions: Self.emotions)
  }
}
