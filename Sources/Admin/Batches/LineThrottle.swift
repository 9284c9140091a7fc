package import Farm

/// Decides when to print a line if lines cannot be redrawn: at a change of state, at the end, and otherwise at most
/// every ten seconds, if images or training steps were finished.
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
