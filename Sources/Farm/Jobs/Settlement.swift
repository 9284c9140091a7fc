/// The result of ending a worker's hold on a job.
package enum Settlement: Hashable, Sendable {
  /// The resulting states of the job and the batch. A call repeated after a lost answer returns them again.
  case settled(job: JobState, batch: BatchState)
  /// The token does not hold the job. Nothing was changed.
  case stale
  /// The job is not complete: these batch indices have no image. Nothing was changed.
  case incomplete(missing: [Int])
}
