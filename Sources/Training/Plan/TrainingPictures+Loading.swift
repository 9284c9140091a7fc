import Datasets
import Foundation
package import Vocabulary

extension TrainingPictures {
  /// The number of held-out drawn images per attribute.
  private static let heldOut = 8

  /// Loads or draws the training images.
  ///
  /// - Parameters:
  ///   - notice: called for images that cannot be used.
  ///   - onBlock: called after each batch of images; throwing stops the loading.
  package func train(
    seed: UInt64, notice: (String) -> Void, onBlock: () throws -> Void = {}
  ) throws -> PictureSet {
    if let folder { return try load(folder, .train, notice, onBlock) }
    return try SyntheticPictures.draw(
      perAttribute: perAttribute, size: size, seed: seed, onBlock: onBlock)
  }

  /// Loads or draws the held-out images: a dataset's test split or, if `validating` and the dataset has one, its
  /// validation split.
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

  /// The dataset's spelling of scenes and objects by normalised name; empty for drawn images, whose names are
  /// normalised.
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
        if skipped <= 3 { notice("skipped: \(reason)") }
      }, onBlock: onBlock)
    if skipped > 3 { notice("skipped: \(skipped - 3) more; `emofarm dataset check` lists all of them") }
    return pictures
  }
}
