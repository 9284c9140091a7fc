/// Where a batch stands.
package enum BatchState: String, CaseIterable, Codable, Hashable, Sendable {
  /// Enqueued, and nothing of it has been claimed.
  case queued
  case running
  /// No job of it is claimed; what runs finishes its image in hand.
  case paused
  /// Cancelled, while workers still hold jobs of it.
  case cancelling
  /// Every image is there.
  case done
  /// Finished, with at least one job in quarantine.
  case failed
  case cancelled

  /// Whether nothing more happens by itself.
  package var isFinished: Bool { self == .done || self == .failed || self == .cancelled }
}
