package import Logging
import Synchronization

/// A bounded set of connections, opened on demand and shared by many tasks in the order of their requests.
///
/// A connection that broke or was returned in the middle of a transaction is closed; the next task opens a new one.
/// Cancelling a task that waits for a connection ends its wait with `CancellationError`.
package final class PostgresPool: Sendable {
  private enum Grant {
    case use(PostgresConnection)
    case open
  }

  private struct State {
    var pool: PoolState<PostgresConnection>
    var waiters: [UInt64: CheckedContinuation<Grant, any Error>] = [:]
    var tickets: UInt64 = 0
  }

  package let configuration: PostgresConfiguration
  private let logger: Logger
  private let onLockWait: (@Sendable (LockWait) -> Void)?
  private let state: Mutex<State>

  /// How long a caller uses a connection before the pool looks whether it waits for a lock, and between two looks.
  private static let lookInterval = Duration.seconds(1)

  /// - Parameter onLockWait: called while a connection waits for locks of others, once for each set of holders.
  package init(
    _ configuration: PostgresConfiguration, size: Int = 4, logger: Logger = .silent,
    onLockWait: (@Sendable (LockWait) -> Void)? = nil
  ) {
    self.configuration = configuration
    self.logger = logger
    self.onLockWait = onLockWait
    state = Mutex(State(pool: PoolState(size: size)))
  }

  /// Lends a connection to a body.
  ///
  /// - Throws: errors of connecting and of the body, and ``PostgresError`` (`poolClosed`).
  package func withConnection<T: Sendable>(
    _ body: @Sendable (PostgresConnection) async throws -> T
  ) async throws -> T {
    let connection = try await lease()
    let result: Result<T, any Error>
    do {
      result = .success(try await watching(connection, body))
    } catch {
      result = .failure(error)
    }
    await giveBack(connection)
    return try result.get()
  }

  /// Runs a body and says meanwhile for whose locks it waits. A wait that ends with an error names them as well.
  private func watching<T: Sendable>(
    _ connection: PostgresConnection, _ body: @Sendable (PostgresConnection) async throws -> T
  ) async throws -> T {
    guard let onLockWait else { return try await body(connection) }
    let last = Mutex<LockWait?>(nil)
    let watcher = Task { [configuration, logger] in
      do {
        try await Task.sleep(for: Self.lookInterval)
        let observer = try await PostgresConnection.connect(configuration)
        while true {
          // Behind a pooler, each transaction has a process of its own.
          let wait = try await LockWait.of(connection.lastServerProcess.load(ordering: .relaxed), observer)
          let isNews = last.withLock { last in
            defer { last = wait ?? last }
            return last != wait
          }
          if isNews, let wait { onLockWait(wait) }
          try await Task.sleep(for: Self.lookInterval)
        }
      } catch  where !(error is CancellationError) {
        logger.debug("for whom a connection waits could not be found out: \(error)")
      }
    }
    defer { watcher.cancel() }
    do {
      return try await body(connection)
    } catch let error as PostgresError where error.sqlState == .lockNotAvailable {
      guard let wait = last.withLock({ $0 }) else { throw error }
      throw PostgresError(
        error.code, error.message, sqlState: error.sqlState, detail: wait.description,
        hint: "try again, or end the session that holds the lock", statement: error.statement)
    }
  }

  /// Runs a body in a transaction, as ``PostgresConnection/transaction(isolation:readOnly:_:)`` does.
  ///
  /// - Parameter retries: how often the whole body may be repeated after a serialization failure or a deadlock; if not
  ///   0, it must have no effects outside the database.
  package func transaction<T: Sendable>(
    isolation level: IsolationLevel = .readCommitted,
    readOnly: Bool = false,
    retries: Int = 0,
    _ body: @Sendable (PostgresConnection) async throws -> T
  ) async throws -> T {
    var attempt = 0
    while true {
      do {
        return try await withConnection { try await $0.transaction(isolation: level, readOnly: readOnly, body) }
      } catch let error as PostgresError where error.isRetryable && attempt < retries {
        attempt += 1
        logger.debug("retrying the transaction after \(error.sqlState?.rawValue ?? "")")
        // Jitter: two transactions that collided would collide again after equal delays.
        try await Task.sleep(for: .milliseconds(Int.random(in: 1...(10 << min(attempt, 6)))))
      }
    }
  }

  /// Closes idle connections and fails waiting tasks. A connection in use is closed when it is returned.
  package func close() async {
    let (idle, waiters) = state.withLock { state in
      let closed = state.pool.close()
      let waiters = closed.waiting.compactMap { state.waiters.removeValue(forKey: $0) }
      return (closed.idle, waiters)
    }
    for waiter in waiters { waiter.resume(throwing: Self.closed) }
    for connection in idle { await connection.close() }
  }

  private static var closed: PostgresError {
    PostgresError(.poolClosed, "the pool of connections to PostgreSQL is closed")
  }

  private func lease() async throws -> PostgresConnection {
    if case .use(let connection) = try await grant() {
      if await connection.isReusable { return connection }
      await connection.close()
    }
    do {
      return try await PostgresConnection.connect(configuration, logger: logger)
    } catch {
      lose()
      throw error
    }
  }

  private func grant() async throws -> Grant {
    try Task.checkCancellation()
    let ticket = state.withLock { state in
      state.tickets += 1
      return state.tickets
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        state.withLock { state in
          // A cancellation before the ticket is waiting would find no continuation to resume.
          guard !Task.isCancelled else { return continuation.resume(throwing: CancellationError()) }
          switch state.pool.acquire(ticket) {
          case .use(let connection): continuation.resume(returning: .use(connection))
          case .open: continuation.resume(returning: .open)
          case .wait: state.waiters[ticket] = continuation
          case .refuse: continuation.resume(throwing: Self.closed)
          }
        }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        state.pool.cancel(ticket)
        return state.waiters.removeValue(forKey: ticket)
      }
      waiter?.resume(throwing: CancellationError())
    }
  }

  private func giveBack(_ connection: PostgresConnection) async {
    guard await connection.isReusable else {
      await connection.close()
      return lose()
    }
    let discarded = state.withLock { state -> PostgresConnection? in
      switch state.pool.giveBack(connection) {
      case .keep: return nil
      case .discard(let connection): return connection
      case .serve(let ticket, let connection):
        state.waiters.removeValue(forKey: ticket)?.resume(returning: .use(connection))
        return nil
      }
    }
    await discarded?.close()
  }

  private func lose() {
    state.withLock { state in
      guard let ticket = state.pool.lose() else { return }
      state.waiters.removeValue(forKey: ticket)?.resume(returning: .open)
    }
  }
}
