import Files
package import Logging
package import Postgres
import Synchronization

/// Retries calls to PostgreSQL that fail because the server is unreachable, until it is reachable again.
///
/// Logs once when the server becomes unreachable and once when it is back, not for each attempt.
package final class ServerLine: Sendable {
  /// The server was unreachable for longer than the caller can wait.
  package struct GaveUp: Error, CustomStringConvertible {
    package var description: String {
      """
      PostgreSQL stayed away for the whole drain, so the job could not be handed back: its lease runs out, the files of \
      finished images are kept, and the next attempt makes the same ones
      """
    }
  }

  private let logger: Logger
  /// Called before each pause: a worker that waits for the server is alive too.
  private let onWait: @Sendable () -> Void
  private let awaySince = Mutex<ContinuousClock.Instant?>(nil)
  private let deadline = Mutex<ContinuousClock.Instant?>(nil)

  package init(logger: Logger, onWait: @escaping @Sendable () -> Void) {
    self.logger = logger
    self.onWait = onWait
  }

  /// From this moment on, nothing waits for an unreachable server any longer.
  package func giveUp(at moment: ContinuousClock.Instant) {
    deadline.withLock { $0 = moment }
  }

  /// Runs a body, which must be safe to repeat, until the server has answered.
  ///
  /// - Throws: ``GaveUp``, `CancellationError`, and the body's other errors.
  package func persist<T: Sendable>(_ body: @Sendable () async throws -> T) async throws -> T {
    var pause = RetryPause()
    while true {
      if let value = try await attempt(body) { return value }
      onWait()
      let left = deadline.withLock { $0 }.map { $0 - .now }
      if let left, left <= .zero { throw GaveUp() }
      try await Task.sleep(for: min(pause.next(), left ?? .seconds(3600)))
    }
  }

  /// Runs a body once; returns nil if the server is unreachable or out of resources.
  package func attempt<T: Sendable>(_ body: @Sendable () async throws -> T) async throws -> T? {
    do {
      let value = try await body()
      noteBack()
      return value
    } catch let error as PostgresError where error.mayPass {
      if !error.isRetryable { noteAway(error) }
      return nil
    }
  }

  private func noteAway(_ error: PostgresError) {
    let isNews = awaySince.withLock { since in
      defer { since = since ?? .now }
      return since == nil
    }
    guard isNews else { return }
    logger.warning("PostgreSQL is unreachable: waiting for it", metadata: ["error": "\(error.message)"])
  }

  private func noteBack() {
    guard let since = awaySince.withLock({ $0.take() }) else { return }
    let seconds = (ContinuousClock.now - since) / .seconds(1)
    logger.notice("PostgreSQL is back", metadata: ["away_seconds": "\((seconds * 10).rounded() / 10)"])
  }
}

extension PostgresError {
  /// Whether the same fenced statement may succeed later: the server is unreachable, starting, out of resources or was
  /// interrupted.
  ///
  /// This includes a COMMIT with an unknown outcome: each of a worker's statements carries (job, token) and gives the
  /// same answer when repeated.
  package var mayPass: Bool {
    if isConnectionFailure || isRetryable || code == .commitUnknown { return true }
    guard let state = sqlState?.rawValue else { return false }
    // Classes: insufficient resources, operator intervention, system error; code: lock not available.
    return state.hasPrefix("53") || state.hasPrefix("57") || state.hasPrefix("58") || state == "55P03"
  }
}
