/// How far a batch has come with one emotion.
package struct EmotionProgress: Codable, Hashable, Sendable {
  /// The dominant emotion; nil for plain text.
  package let emotion: String?
  package let images: Int
  package let imagesDone: Int
  /// Images that quarantined jobs lack.
  package let imagesFailed: Int

  package init(emotion: String?, images: Int, imagesDone: Int, imagesFailed: Int) {
    self.emotion = emotion
    self.images = images
    self.imagesDone = imagesDone
    self.imagesFailed = imagesFailed
  }
}
