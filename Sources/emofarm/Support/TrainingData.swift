import ArgumentParser
import Training
import Vocabulary

/// The training pictures of a stage, as chosen by flags.
struct TrainingData: ParsableArguments {
  @Option(
    help: ArgumentHelp("A dataset in EmoSet's layout; drawn pictures by default.", valueName: "dir"),
    completion: .directory)
  var data: String?

  @Option(help: ArgumentHelp("Drawn pictures per attribute.", valueName: "n"))
  var perAttribute = TrainingPictures().perAttribute

  @Option(help: ArgumentHelp("Side of a picture in pixels; others are resized.", valueName: "n"))
  var size = TrainingPictures().size

  var pictures: TrainingPictures { TrainingPictures(folder: data, perAttribute: perAttribute, size: size) }

  func validate() throws {
    do {
      try pictures.check()
    } catch {
      throw error.ofFlag
    }
  }

  /// The pictures to train on.
  func train(seed: UInt64) throws -> PictureSet { try pictures.train(seed: seed, notice: { Console.say($0) }) }
}
