package import Datasets
import Files
import Imaging

/// Pictures of a dataset in EmoSet's layout.
package enum EmoSetPictures {
  /// The usable pictures of a split, decoded at one size.
  ///
  /// - Parameters:
  ///   - size: pixels of a side; pictures of another shape are squeezed to it, as EmoGen does.
  ///   - skipped: hears of every picture that cannot be used, with the reason.
  ///   - onBlock: runs after each picture; what it throws ends the loading.
  /// - Throws: `DatasetError` where the dataset cannot be read, `TrainingError` where nothing in it can be used.
  package static func load(
    _ dataset: EmoSetDataset, split: EmoSetSplit, size: Int, emotions: [String], skipped: (String) -> Void,
    onBlock: () throws -> Void = {}
  ) throws -> PictureSet {
    var pictures: [Picture] = []
    for record in dataset.records(in: split) {
      guard let emotion = emotions.firstIndex(of: record.emotion) else { continue }
      do {
        let image = try record.picture()
        let fits = image.width == size && image.height == size
        pictures.append(
          Picture(
            image: fits ? image : image.resized(width: size, height: size), emotion: emotion,
            attributes: record.attributes))
      } catch {
        skipped("\(error)")
      }
      try onBlock()
    }
    guard !pictures.isEmpty else {
      throw TrainingError("\(dataset.folder): no picture of the split '\(split.rawValue)' can be used")
    }
    return PictureSet(pictures, size: size)
  }
}
