package import Farm

/// The way in which a job is handed back to the queue.
package enum JobClosing: Equatable, Sendable {
  /// Every image is published.
  case complete
  /// The job returns to the queue without counting an attempt.
  case release(ReleaseReason)
  /// The job goes to another host without counting an attempt, and this worker suspends itself.
  case refuse(HostFault)
  /// An attempt failed; a permanent failure is not tried again.
  case fail(String, permanent: Bool)
  /// Nothing is handed back, because another worker may hold the job.
  case drop
}
