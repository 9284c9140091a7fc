package import Datasets
import Files
import Imaging

/// Images of a dataset in EmoSet's layout.
package enum EmoSetPictures {
  /// Decodes the usable images of a split at one size.
  ///
  /// - Parameters:
  ///   - size: the side length in pixels; as in EmoGen, images of another shape are resized without keeping their
  ///     aspect ratio.
  ///   - skipped: called with the reason for every unusable image.
  ///   - onBlock: called after each image; throwing stops the loading.
  /// - Throws: `DatasetError` if the dataset cannot be read, `TrainingError` if it has no usable image.
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
      throw TrainingError(
        "\(dataset.folder): the split '\(split.rawValue)' has no usable image: see `emofarm dataset check`")
    }
    return PictureSet(pictures, size: size)
  }
}
