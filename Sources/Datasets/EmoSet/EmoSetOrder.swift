/// The eight emotions as datasets number them.
enum EmoSetOrder {
  /// EmoSet's classes: amusement 0 … sadness 7.
  static let emotions = ["amusement", "awe", "contentment", "excitement", "anger", "disgust", "fear", "sadness"]
  /// How loaders number classes that they find as folder names.
  static let alphabetical = emotions.sorted()
}
