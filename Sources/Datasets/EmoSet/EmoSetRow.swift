/// A row of a split's file that can be used.
struct EmoSetRow: Sendable {
  let split: EmoSetSplit
  /// Position in its file, from 1.
  let number: Int
  let emotion: String
  /// The picture's id, where the row has one.
  let id: String?
  /// Within the dataset's folder.
  let image: String
  /// Within the dataset's folder.
  let annotation: String

  var place: String { "\(split.file) row \(number)" }
}
