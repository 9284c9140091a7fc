/// Mikels' eight emotions, in EmoSet's index order (not alphabetical).
package enum Emotion: String, CaseIterable, Codable, Hashable, Sendable {
  case amusement, awe, contentment, excitement, anger, disgust, fear, sadness

  /// The names, in EmoSet's order.
  package static let names = allCases.map(\.rawValue)

  /// EmoSet's index: amusement 0 … sadness 7.
  package var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
