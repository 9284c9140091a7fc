import Datasets
import Foundation
package import Vocabulary

extension TrainingPictures {
  /// Drawn pictures of each attribute that are not trained on.
  private static let heldOut = 8

  /// The pictures to train on.
  ///
  /// - Parameters:
  ///   - notice: hears of pictures that cannot be used.
  ///   - onBlock: runs after each few pictures; what it throws ends the loading.
  package func train(
    seed: UInt64, notice: (String) -> Void, onBlock: () throws -> Void = {}
  ) throws -> PictureSet {
    if let folder { return try load(folder, .train, notice, onBlock) }
    return try SyntheticPictures.draw(
      perAttribute: perAttribute, size: size, seed: seed, onBlock: onBlock)
  }

  /// Pictures that are not trained on: a dataset's test split, or its validation split where that is asked for and there.
  package func heldOut(
    seed: UInt64, validating: Bool = false, notice: (String) -> Void, onBlock: () throws -> Void = {}
  ) throws -> PictureSet {
    if let folder {
      let hasValidation = validating && FileManager.default.fileExists(atPath: "\(folder)/\(EmoSetSplit.val.file)")
      return try load(folder, hasValidation ? .val : .test, notice, onBlock)
    }
    return try SyntheticPictures.draw(
      perAttribute: Self.heldOut, first: perAttribute, size: size, seed: seed,
      onBlock: onBlock)
  }

  /// How the dataset spells scenes and objects, by their normalised names; drawn pictures' names are normalised.
  package func spelling() throws -> [String: String] {
    guard let folder else { return [:] }
    let labels = try EmoSetInfo(file: "\(folder)/info.json").labels
    let names = ["scene", "object"].flatMap { labels[$0] ?? [] }
    return Dictionary(names.map { (EmoSetInfo.normalised($0), $0) }) { first, _ in first }
  }

  private func load(
    _ folder: String, _ split: EmoSetSplit, _ notice: (String) -> Void, _ onBlock: () throws -> Void
  ) throws -> PictureSet {
    let dataset = try EmoSetDataset(folder: folder)
    var skipped = 0
    let pictures = try EmoSetPictures.load(
      dataset, split: split, size: size, emotions: Emotion.names,
      skipped: { reason in
        skipped += 1
        if skipped <= 3 { notice("left out: \(reason)") }
      }, onBlock: onBlock)
    if skipped > 3 { notice("left out: \(skipped - 3) more; `emofarm dataset check` names them all") }
    return pictures
  }
}
