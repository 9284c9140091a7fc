/// Where a job stands.
package enum JobState: String, CaseIterable, Codable, Hashable, Sendable {
  /// To be claimed, from its `run_at` on.
  case ready
  /// Held by a worker under a lease.
  case running
  /// Every image of its range is accepted.
  case done
  /// Quarantined: it failed for good, or as often as its batch allows.
  case failed
  case cancelled

  /// Whether no worker will touch the job again by itself.
  package var isClosed: Bool { self == .done || self == .failed || self == .cancelled }
}
