/// A batch's progress on one emotion.
package struct EmotionProgress: Codable, Hashable, Sendable {
  /// The dominant emotion; nil if the prompt is plain text.
  package let emotion: String?
  package let images: Int
  package let imagesDone: Int
  /// Images missing from quarantined jobs.
  package let imagesFailed: Int

  package init(emotion: String?, images: Int, imagesDone: Int, imagesFailed: Int) {
    self.emotion = emotion
    self.images = images
    self.imagesDone = imagesDone
    self.imagesFailed = imagesFailed
  }
}
