/// Where the pictures of a stage come from: a dataset in EmoSet's layout, or drawn ones.
package struct TrainingPictures: Hashable, Sendable {
  /// The dataset's folder; drawn pictures where nil.
  package var folder: String?
  /// Drawn pictures of each attribute.
  package var perAttribute: Int
  /// Pixels of a side; other pictures are resized.
  package var size: Int

  package init(folder: String? = nil, perAttribute: Int = 250, size: Int = 64) {
    self.folder = folder
    self.perAttribute = perAttribute
    self.size = size
  }

  package func check() throws(TrainingSettingError) {
    try TrainingSettingError.check(size, in: 16...1024, "size")
    try TrainingSettingError.check(perAttribute, in: 1...100_000, "per_attribute")
  }

  /// Which pictures, in words: another set is another run.
  package var identity: String { folder ?? "\(perAttribute) drawn pictures of \(size)" }
}
