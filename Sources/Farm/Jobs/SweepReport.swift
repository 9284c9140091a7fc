/// The result of a sweep over expired leases and silent workers.
package struct SweepReport: Hashable, Sendable {
  /// The expired claims, with the resulting states of their jobs.
  package var expired: [Expired] = []
  /// Workers that were silent for too long.
  package var workersLost: [Int64] = []

  package struct Expired: Hashable, Sendable {
    package let handle: JobHandle
    package let worker: Int64
    package let attempt: Int
    package let job: JobState

    package init(handle: JobHandle, worker: Int64, attempt: Int, job: JobState) {
      self.handle = handle
      self.worker = worker
      self.attempt = attempt
      self.job = job
    }
  }

  package init() {}

  /// Jobs that this sweep quarantined.
  package var quarantined: [JobHandle] { expired.filter { $0.job == .failed }.map(\.handle) }
}
