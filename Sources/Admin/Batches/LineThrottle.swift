package import Farm

/// Decides which moments of a batch are worth a line where lines cannot be redrawn: a change of state, the end, and
/// otherwise at most one line in ten seconds, and only when an image came or a training went on.
package struct LineThrottle {
  private let interval: Duration
  private var last: (state: BatchState, done: Int, at: ContinuousClock.Instant)?

  package init(interval: Duration = .seconds(10)) {
    self.interval = interval
  }

  /// - Returns: whether to print a line now.
  package mutating func admits(_ status: BatchStatus, at now: ContinuousClock.Instant) -> Bool {
    let done = status.training?.step ?? status.imagesDone
    if let last, last.state == status.state {
      guard done != last.done, status.isFinished || now - last.at >= interval else { return false }
    }
    last = (status.state, done, now)
    return true
  }
}
