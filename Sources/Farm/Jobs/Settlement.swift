/// What became of a job that a worker let go.
package enum Settlement: Hashable, Sendable {
  /// The job's and the batch's states afterwards. Repeating the call after a lost answer gives this again.
  case settled(job: JobState, batch: BatchState)
  /// The token does not hold the job: nothing was changed.
  case stale
  /// The job is not complete: these batch indices have no image. Nothing was changed.
  case incomplete(missing: [Int])
}
