package import Farm

/// Notices that a batch waits for workers while none lives, so that nobody waits with it in silence.
package struct WorkerAbsence {
  /// How long workers may be away, for example between two of a service manager's starts, before it is said.
  package static let patience = Duration.seconds(3)

  private var since: ContinuousClock.Instant?
  private var isSaid = false

  package init() {}

  /// Whether somebody must do something about a batch: one that is paused waits for a person.
  package static func concerns(_ status: BatchStatus) -> Bool {
    !status.isFinished && status.state != .paused
  }

  /// Notes how things stand.
  ///
  /// - Parameter hasWorker: whether any worker lives.
  /// - Returns: whether the absence is to be said now; once, until a worker was seen again.
  package mutating func note(_ status: BatchStatus, hasWorker: Bool, at now: ContinuousClock.Instant) -> Bool {
    guard Self.concerns(status), !hasWorker else {
      self = WorkerAbsence()
      return false
    }
    let start = since ?? now
    since = start
    guard !isSaid, now - start >= Self.patience else { return false }
    isSaid = true
    return true
  }

  /// What a live view shows; nil while nothing is to be said.
  package func text(_ batch: Int64) -> String? {
    isSaid ? "no worker is running, and batch \(batch) waits for one: start emofarmd on this or another machine" : nil
  }
}
