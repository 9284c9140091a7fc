/// What a worker must do after a heartbeat.
package enum HeartbeatAnswer: Hashable, Sendable {
  case proceed
  /// Finish and publish the current image, then release the job.
  case pause
  /// Stop now and release the job.
  case cancel
  /// The worker no longer holds the job: abandon the work.
  case stale
}
