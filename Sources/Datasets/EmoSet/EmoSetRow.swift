/// A usable row of a split's file.
struct EmoSetRow: Sendable {
  let split: EmoSetSplit
  /// The row's position in its file, from 1.
  let number: Int
  let emotion: String
  /// The picture's id, if the row has one.
  let id: String?
  /// The picture's path, relative to the dataset's folder.
  let image: String
  /// The annotation's path, relative to the dataset's folder.
  let annotation: String

  var place: String { "\(split.file) row \(number)" }
}
