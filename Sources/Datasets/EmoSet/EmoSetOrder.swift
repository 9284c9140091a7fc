import Vocabulary

/// The eight emotions as datasets number them.
enum EmoSetOrder {
  /// EmoSet's classes: amusement 0 … sadness 7.
  static let emotions = Emotion.allCases.map(\.rawValue)
  /// How loaders number classes that they find as folder names.
  static let alphabetical = emotions.sorted()
}
