/// The state of a batch.
package enum BatchState: String, CaseIterable, Codable, Hashable, Sendable {
  /// The batch is enqueued, and none of its jobs has been claimed.
  case queued
  case running
  /// No further job is claimed; workers finish their current image.
  case paused
  /// The batch is cancelled, but workers still hold some of its jobs.
  case cancelling
  /// Every image is published.
  case done
  /// The batch is finished, with at least one job in quarantine.
  case failed
  case cancelled

  /// Whether the state changes only if a user acts.
  package var isFinished: Bool { self == .done || self == .failed || self == .cancelled }
}
