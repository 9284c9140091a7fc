package import Farm

/// How a job is handed back to the queue.
package enum JobClosing: Equatable, Sendable {
  /// Every image is published.
  case complete
  /// Back to the queue without counting an attempt.
  case release(ReleaseReason)
  /// An attempt failed; a permanent failure is not tried again.
  case fail(String, permanent: Bool)
  /// Nothing: the job is no longer ours to hand back.
  case drop
}
