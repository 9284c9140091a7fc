import Files
package import Logging
import Synchronization

/// Changes tables that a farm works on.
///
/// A statement that changes a table waits for everybody who reads it, a backup for example, and whoever comes later
/// waits behind the statement. So it waits only for a moment, gives up its place, and tries the whole transaction again
/// after a pause: the queue goes on meanwhile.
package struct SchemaChange: Sendable {
  private let logger: Logger
  private let patience: Duration
  private let onWait: (@Sendable (LockWait) -> Void)?

  /// How long one attempt waits for a lock, and so how long others may wait behind it.
  private static let lockTimeout = Duration.milliseconds(300)
  private static let lookInterval = Duration.milliseconds(50)

  /// - Parameters:
  ///   - patience: how long it is tried.
  ///   - onWait: called once for each set of sessions that stand in the way.
  package init(
    patience: Duration = .seconds(600), logger: Logger = .silent, onWait: (@Sendable (LockWait) -> Void)? = nil
  ) {
    self.patience = patience
    self.logger = logger
    self.onWait = onWait
  }

  /// Runs a body in a transaction; the whole body may be repeated.
  ///
  /// - Throws: ``PostgresError``: SQLSTATE 55P03 that names whom it waited for if no lock was to be had in time.
  package func run<T: Sendable>(
    _ connection: PostgresConnection, _ body: @Sendable (PostgresConnection) async throws -> T
  ) async throws -> T {
    let deadline = ContinuousClock.now + patience
    var pause = RetryPause(first: .milliseconds(500), longest: .seconds(10))
    var told: LockWait?
    while true {
      let wait = Seen()
      do {
        return try await connection.transaction { connection in
          try await connection.query("SELECT set_config('lock_timeout', \(Self.milliseconds), true)")
          let process = Int32(try await connection.query("SELECT pg_backend_pid()").only().int(0))
          let watcher = Task { [logger] in
            do {
              let observer = try await PostgresConnection.connect(connection.configuration)
              while true {
                if let found = try await LockWait.of(process, observer) { wait.last.withLock { $0 = found } }
                try await Task.sleep(for: Self.lookInterval)
              }
            } catch  where !(error is CancellationError) {
              logger.debug("for whom a change of the schema waits could not be found out: \(error)")
            }
          }
          defer { watcher.cancel() }
          return try await body(connection)
        }
      } catch let error as PostgresError where error.sqlState == .lockNotAvailable || error.isRetryable {
        let found = wait.last.withLock { $0 }
        guard ContinuousClock.now < deadline else {
          throw PostgresError(
            error.code, error.message, sqlState: error.sqlState, detail: (found ?? told)?.description,
            hint: "nothing was changed; try again when that session has ended, or end it", statement: error.statement)
        }
        if let found, found != told {
          told = found
          onWait?(found)
        }
        logger.debug("a change of the schema waits for a lock: \(error.message)")
        try await Task.sleep(for: min(pause.next(), max(deadline - .now, .milliseconds(1))))
      }
    }
  }

  /// Whom the current attempt waited for.
  private final class Seen: Sendable {
    let last = Mutex<LockWait?>(nil)
  }

  private static let milliseconds = String(Int(lockTimeout / .milliseconds(1)))
}
