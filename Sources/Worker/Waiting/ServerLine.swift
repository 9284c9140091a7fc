import Files
package import Logging
package import Postgres
import Synchronization

/// Retries calls to PostgreSQL that fail because of the server's condition, until it serves them again.
///
/// Only errors of the statement's own values are thrown; a state that no table knows is waited out too, so that it ends
/// no daemon and costs no job an attempt. Each condition is logged once when it begins, and its end once.
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

  private struct State {
    var awaySince: ContinuousClock.Instant?
    var condition: SQLState.Condition?
    /// After this moment, nothing waits for the server any longer.
    var deadline: ContinuousClock.Instant?
    var calls = 0
    /// Ends the calls in progress.
    var running: [Int: @Sendable () -> Void] = [:]
  }

  /// How long the server may take for a call that begins after the deadline.
  private static let courtesy = Duration.seconds(2)

  private let logger: Logger
  /// Called before each pause: a worker that waits for the server is alive too.
  private let onWait: @Sendable () -> Void
  private let state = Mutex(State())

  package init(logger: Logger, onWait: @escaping @Sendable () -> Void) {
    self.logger = logger
    self.onWait = onWait
  }

  /// From this moment on, nothing waits for a server that does not answer. Calls that are then in progress are
  /// cancelled, because a server that is stopped neither answers nor breaks the connection.
  package func giveUp(at moment: ContinuousClock.Instant) {
    state.withLock { $0.deadline = moment }
    Task {
      try? await Task.sleep(until: moment)
      for end in state.withLock({ Array($0.running.values) }) { end() }
    }
  }

  /// Runs a body, which must be safe to repeat, until the server has answered.
  ///
  /// - Throws: ``GaveUp``, `CancellationError`, and the body's other errors.
  package func persist<T: Sendable>(_ body: @escaping @Sendable () async throws -> T) async throws -> T {
    var pause = RetryPause()
    while true {
      if let value = try await attempt(body) { return value }
      onWait()
      let left = state.withLock { $0.deadline }.map { $0 - .now }
      if let left, left <= .zero { throw GaveUp() }
      try await Task.sleep(for: min(pause.next(), left ?? .seconds(3600)))
    }
  }

  /// Runs a body once; returns nil if the server does not serve it now.
  package func attempt<T: Sendable>(_ body: @escaping @Sendable () async throws -> T) async throws -> T? {
    do {
      let value = try await bounded(body)
      noteBack()
      return value
    } catch let error as PostgresError where error.mayPass {
      if error.condition != .conflict { noteAway(error) }
      return nil
    }
  }

  /// Runs a body that is cancelled when the deadline has passed.
  private func bounded<T: Sendable>(_ body: @escaping @Sendable () async throws -> T) async throws -> T {
    let task = Task { try await body() }
    let (call, deadline) = state.withLock { state in
      state.calls += 1
      state.running[state.calls] = { task.cancel() }
      return (state.calls, state.deadline)
    }
    var courtesy: Task<Void, Never>?
    if let deadline, deadline - .now < Self.courtesy {
      courtesy = Task {
        try? await Task.sleep(for: Self.courtesy)
        if !Task.isCancelled { task.cancel() }
      }
    }
    defer {
      courtesy?.cancel()
      state.withLock { $0.running[call] = nil }
    }
    do {
      return try await withTaskCancellationHandler {
        try await task.value
      } onCancel: {
        task.cancel()
      }
    } catch is CancellationError where !Task.isCancelled {
      throw GaveUp()
    }
  }

  private func noteAway(_ error: PostgresError) {
    let isNews = state.withLock { state in
      defer { (state.awaySince, state.condition) = (state.awaySince ?? .now, error.condition) }
      return state.awaySince == nil || state.condition != error.condition
    }
    guard isNews else { return }
    var metadata: Logger.Metadata = ["error": "\(error.message)"]
    metadata["sqlstate"] = error.sqlState.map { "\($0.rawValue)" }
    metadata["next"] = error.hint.map { "\($0)" }
    logger.warning("\(Self.text(error.condition))", metadata: metadata)
  }

  private static func text(_ condition: SQLState.Condition?) -> String {
    switch condition {
    case .readOnly: "PostgreSQL takes no changes, it is a standby or read-only: waiting until it does"
    case .setup: "PostgreSQL refuses this role, schema or program: waiting until an operator has changed it"
    case .locked: "another session of PostgreSQL holds a lock that this worker needs: waiting for it"
    case .unknown: "PostgreSQL failed in a way that this program does not know: waiting, and trying again"
    case .away, .busy, .conflict, .data, nil: "PostgreSQL is unreachable: waiting for it"
    }
  }

  private func noteBack() {
    let since = state.withLock { state in
      state.condition = nil
      return state.awaySince.take()
    }
    guard let since else { return }
    let seconds = (ContinuousClock.now - since) / .seconds(1)
    logger.notice("PostgreSQL is back", metadata: ["away_seconds": "\((seconds * 10).rounded() / 10)"])
  }
}

extension PostgresError {
  /// Whether the same fenced statement may succeed later.
  ///
  /// This includes a COMMIT with an unknown outcome: each of a worker's statements carries (job, token) and gives the
  /// same answer when repeated.
  package var mayPass: Bool { condition.map { $0 != .data } ?? false }
}
