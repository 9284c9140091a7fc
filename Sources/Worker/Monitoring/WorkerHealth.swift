import Synchronization

/// Whether a worker is alive, and whether it takes work, as the notices of the worker tell.
package final class WorkerHealth: Sendable {
  private struct State {
    var isDraining = false
    /// Why it takes no work.
    var hindrance: String? = "starting"
    var lastSign: ContinuousClock.Instant
  }

  private let state: Mutex<State>
  /// A worker that gives no sign for as long has lost its job and is taken for dead.
  private let silence: Duration

  /// - Parameter lease: how long a job may go without a block of work.
  package init(lease: Duration, now: ContinuousClock.Instant = .now) {
    silence = max(lease, .seconds(60))
    state = Mutex(State(lastSign: now))
  }

  package func note(_ notice: WorkerNotice, now: ContinuousClock.Instant = .now) {
    state.withLock { state in
      state.lastSign = now
      switch notice {
      case .ready, .status: state.hindrance = nil
      case .hindered(let reason): state.hindrance = reason
      case .progress, .busy: break
      case .draining: state.isDraining = true
      }
    }
  }

  /// Nil if the worker is alive; otherwise what is wrong.
  package func fault(now: ContinuousClock.Instant = .now) -> String? {
    let silent = now - state.withLock { $0.lastSign }
    return silent > silence ? "no sign of progress for \(Int(silent / .seconds(1))) s" : nil
  }

  /// Nil if the worker takes work; otherwise why it does not.
  package func hindrance(now: ContinuousClock.Instant = .now) -> String? {
    if let fault = fault(now: now) { return fault }
    return state.withLock { $0.isDraining ? "draining" : $0.hindrance }
  }
}
