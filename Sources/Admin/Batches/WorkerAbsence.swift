package import Farm

/// Detects that a batch waits for workers while none is alive that can do its jobs, so that commands can warn the user.
package struct WorkerAbsence {
  /// How long no worker may be alive, for example while a service manager restarts it or after an outage of the server,
  /// before the user is warned.
  package static let patience = Duration.seconds(6)

  private var since: ContinuousClock.Instant?
  /// The labels that a worker must have.
  private var labels: [String] = []
  private var hasWarned = false

  package init() {}

  /// Whether a batch needs a worker: a paused batch waits for the operator instead.
  package static func concerns(_ status: BatchStatus) -> Bool {
    !status.isFinished && status.state != .paused
  }

  /// Updates the state.
  ///
  /// - Parameter hasWorker: whether any worker is alive that can do the batch's jobs.
  /// - Returns: whether to warn now; true once until a worker is alive again.
  package mutating func note(_ status: BatchStatus, hasWorker: Bool, at now: ContinuousClock.Instant) -> Bool {
    guard Self.concerns(status), !hasWorker else {
      self = WorkerAbsence()
      return false
    }
    labels = status.labels
    let start = since ?? now
    since = start
    guard !hasWarned, now - start >= Self.patience else { return false }
    hasWarned = true
    return true
  }

  private var flag: String { labels.isEmpty ? "" : " --label \(labels.joined(separator: ","))" }

  /// The warning in a live view; nil if there is none.
  package func text(_ batch: Int64) -> String? {
    hasWarned
      ? """
      no worker is running that can do the jobs of batch \(batch): start emofarmd\(flag) on this or another machine, or \
      see `emofarm workers` for why one is paused or suspended
      """ : nil
  }
}
