import Farm
import Files
import Logging
import Synchronization

/// Sends finished images to the store, again and again while it is away.
///
/// Logs once when the store goes away and once when it is back; the note is for the registry.
final class StoreLine: Sendable {
  private struct State {
    var awaySince: ContinuousClock.Instant?
    var reason = ""
    var waiting = 0
    var deadline: ContinuousClock.Instant?
  }

  private let store: ArtifactStore
  private let logger: Logger
  /// Between attempts, of which each renews the lease.
  private let longestPause: Duration
  private let state = Mutex(State())

  init(_ store: ArtifactStore, lease: Duration, logger: Logger) {
    self.store = store
    self.logger = logger
    longestPause = min(.seconds(10), lease / 4)
  }

  /// Why images wait here; nil if the store answers.
  var note: String? {
    state.withLock { state in
      state.awaySince == nil ? nil : "waiting: \(state.waiting) finished images wait here: \(state.reason)"
    }
  }

  /// Counts the images that wait here.
  func count(_ change: Int) { state.withLock { $0.waiting += change } }

  /// From this moment on, nothing waits for a store that is away any longer.
  func giveUp(at moment: ContinuousClock.Instant) { state.withLock { $0.deadline = moment } }

  /// Stores an image durably, however long the store is away.
  ///
  /// - Parameter goesOn: called after each attempt, which proves that the worker is alive; false gives up.
  /// - Throws: `FarmError`: `storeAway` if it was given up.
  func put(_ file: SpooledFile, goesOn: @Sendable () -> Bool) async throws -> Artifact {
    var pause = RetryPause(first: .milliseconds(500), longest: longestPause)
    while true {
      do {
        let artifact = try await BlockingExecutor.run { [store] in try store.put(try file.read()) }
        noteBack()
        return artifact
      } catch let error as FarmError where error.code == .storeAway {
        noteAway(error)
        let left = state.withLock { $0.deadline }.map { $0 - .now }
        guard goesOn(), left ?? .seconds(1) > .zero else { throw error }
        try await Task.sleep(for: min(pause.next(), left ?? .seconds(3600)))
      }
    }
  }

  private func noteAway(_ error: FarmError) {
    let isNews = state.withLock { state in
      defer { state.awaySince = state.awaySince ?? .now }
      state.reason = error.message
      return state.awaySince == nil
    }
    guard isNews else { return }
    logger.warning("the store is away: finished images wait on this machine", metadata: ["error": "\(error.message)"])
  }

  private func noteBack() {
    guard let since = state.withLock({ $0.awaySince.take() }) else { return }
    let seconds = (ContinuousClock.now - since) / .seconds(1)
    logger.notice("the store is back", metadata: ["away_seconds": "\((seconds * 10).rounded() / 10)"])
  }
}
