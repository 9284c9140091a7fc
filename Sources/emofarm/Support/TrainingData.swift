import ArgumentParser
import Datasets
import EmoGen
import Foundation
import Training

/// Where the pictures of a stage come from.
struct TrainingData: ParsableArguments {
  @Option(
    help: ArgumentHelp("A dataset in EmoSet's layout; drawn pictures where none is named.", valueName: "dir"),
    completion: .directory)
  var data: String?

  @Option(help: ArgumentHelp("Drawn pictures of each attribute.", valueName: "n"))
  var perAttribute = 250

  @Option(help: ArgumentHelp("Pixels of a side; other pictures are resized.", valueName: "n"))
  var size = 64

  static let emotions = Emotion.allCases.map(\.rawValue)
  /// Drawn pictures of each attribute that are not trained on.
  private static let heldOut = 8

  func validate() throws {
    guard (16...1024).contains(size) else { throw ValidationError("--size is a number from 16 to 1024.") }
    guard (1...100_000).contains(perAttribute) else {
      throw ValidationError("--per-attribute is a number from 1 to 100000.")
    }
  }

  /// Which pictures, in words: another set is another run.
  var identity: String { data ?? "\(perAttribute) drawn pictures of \(size)" }

  /// The pictures to train on.
  func train(seed: UInt64) throws -> PictureSet {
    if let data { return try load(data, .train) }
    return SyntheticPictures.draw(perAttribute: perAttribute, size: size, seed: seed, emotions: Self.emotions)
  }

  /// Pictures that are not trained on: a dataset's test split, or its validation split where that is asked for and there.
  func heldOut(seed: UInt64, validating: Bool = false) throws -> PictureSet {
    if let data {
      let hasValidation = validating && FileManager.default.fileExists(atPath: "\(data)/\(EmoSetSplit.val.file)")
      return try load(data, hasValidation ? .val : .test)
    }
    return SyntheticPictures.draw(
      perAttribute: Self.heldOut, first: perAttribute, size: size, seed: seed, emotions: Self.emotions)
  }

  /// How the dataset spells scenes and objects, by their normalised names; drawn pictures' names are normalised.
  func spelling() throws -> [String: String] {
    guard let data else { return [:] }
    let labels = try EmoSetInfo(file: "\(data)/info.json").labels
    let names = ["scene", "object"].flatMap { labels[$0] ?? [] }
    return Dictionary(names.map { (EmoSetInfo.normalised($0), $0) }) { first, _ in first }
  }

  private func load(_ folder: String, _ split: EmoSetSplit) throws -> PictureSet {
    let dataset = try EmoSetDataset(folder: folder)
    var skipped = 0
    let pictures = try EmoSetPictures.load(dataset, split: split, size: size, emotions: Self.emotions) { reason in
      skipped += 1
      if skipped <= 3 { Console.putError("left out: \(reason)\n") }
    }
    if skipped > 3 { Console.putError("left out: \(skipped - 3) more; `emofarm dataset check` names them all\n") }
    return pictures
  }
}
