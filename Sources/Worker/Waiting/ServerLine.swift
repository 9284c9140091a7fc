import Files
package import Logging
package import Postgres
import Synchronization

/// Talks to PostgreSQL through its absences: what fails because the server is away is tried again until it is back.
///
/// Says so in the log once when the server goes and once when it is back, not for each attempt.
package final class ServerLine: Sendable {
  /// The server stayed away for longer than the caller can wait.
  package struct GaveUp: Error, CustomStringConvertible {
    package var description: String {
      """
      PostgreSQL stayed away for the whole drain, so the job could not be handed back: its lease runs out, the files of \
      finished images are kept, and the next attempt makes the same ones
      """
    }
  }

  private let logger: Logger
  /// Called before each pause: waiting for the server is a sign of life too.
  private let onWait: @Sendable () -> Void
  private let awaySince = Mutex<ContinuousClock.Instant?>(nil)
  private let deadline = Mutex<ContinuousClock.Instant?>(nil)

  package init(logger: Logger, onWait: @escaping @Sendable () -> Void) {
    self.logger = logger
    self.onWait = onWait
  }

  /// From this moment on nothing waits any longer for a server that is away.
  package func giveUp(at moment: ContinuousClock.Instant) {
    deadline.withLock { $0 = moment }
  }

  /// Runs a body, which must be safe to repeat, until the server has taken it.
  ///
  /// Throws what the body throws for other reasons, ``GaveUp``, and `CancellationError`.
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

  /// Runs a body once; nil if the server is away or has no room now.
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
    logger.warning("PostgreSQL is away: waiting for it", metadata: ["error": "\(error.message)"])
  }

  private func noteBack() {
    guard let since = awaySince.withLock({ $0.take() }) else { return }
    let seconds = (ContinuousClock.now - since) / .seconds(1)
    logger.notice("PostgreSQL is back", metadata: ["away_seconds": "\((seconds * 10).rounded() / 10)"])
  }
}

extension PostgresError {
  /// Whether the same fenced statement may well succeed later: the server is away, starting, full or was interrupted.
  ///
  /// A COMMIT whose outcome is unknown belongs here because every statement of a worker names (job, token) and is
  /// answered the same way when it is repeated.
  package var mayPass: Bool {
    if isConnectionFailure || isRetryable || code == .commitUnknown { return true }
    guard let state = sqlState?.rawValue else { return false }
    // Insufficient resources, operator intervention, system error, lock not available.
    return state.hasPrefix("53") || state.hasPrefix("57") || state.hasPrefix("58") || state == "55P03"
  }
}
