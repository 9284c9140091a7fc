/// How far a batch has come with one emotion.
package struct EmotionProgress: Codable, Hashable, Sendable {
  /// The dominant emotion; nil for plain text.
  package let emotion: String?
  package let images: Int
  package let imagesDone: Int
  /// Images that quarantined jobs lack.
  package let imagesFailed: Int
}
