/// The result of publishing an image.
package enum PublishAnswer: Hashable, Sendable {
  case published
  /// The index already has an image, which stays: either this one, if the call was repeated, or an earlier one.
  case alreadyPublished
  /// The token does not hold the job. Nothing was changed.
  case stale
}
