/// The state of a job.
package enum JobState: String, CaseIterable, Codable, Hashable, Sendable {
  /// The job can be claimed from its `run_at` on.
  case ready
  /// A worker holds the job under a lease.
  case running
  /// Every image of its range is accepted.
  case done
  /// The job is quarantined: it failed permanently or used up its batch's attempts.
  case failed
  case cancelled

  /// Whether no worker will run the job again unless a user retries it.
  package var isClosed: Bool { self == .done || self == .failed || self == .cancelled }
}
