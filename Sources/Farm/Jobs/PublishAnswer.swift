/// What became of a published image.
package enum PublishAnswer: Hashable, Sendable {
  case published
  /// The index has an image already, which stays: this one published again after a lost answer, or an earlier one.
  case alreadyPublished
  /// The token does not hold the job: nothing was changed.
  case stale
}
