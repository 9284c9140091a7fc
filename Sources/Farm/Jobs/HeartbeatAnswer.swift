/// What a worker does after a heartbeat.
package enum HeartbeatAnswer: Hashable, Sendable {
  case proceed
  /// Finish and publish the image in hand, then release the job.
  case pause
  /// Stop now and release the job.
  case cancel
  /// The job is another's, or nobody's: drop the work.
  case stale
}
