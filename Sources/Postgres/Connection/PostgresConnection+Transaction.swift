import CLibPQ
import Logging
import Synchronization

/// The isolation level of a transaction.
package enum IsolationLevel: String, Sendable {
  case readCommitted = "READ COMMITTED"
  case repeatableRead = "REPEATABLE READ"
  case serializable = "SERIALIZABLE"
}

extension PostgresConnection {
  /// Runs a body between BEGIN and COMMIT. If the body throws, the transaction is rolled back and the error rethrown.
  ///
  /// Cancellation before COMMIT rolls back; COMMIT itself is not interrupted.
  /// - Throws: ``PostgresError``: `commitUnknown` if the connection broke during COMMIT (read the data again to
  ///   determine the outcome), `transactionAborted` if the body ignored an error, `transactionInProgress` if a
  ///   transaction is already open.
  package func transaction<T: Sendable>(
    isolation level: IsolationLevel = .readCommitted,
    readOnly: Bool = false,
    _ body: @Sendable (PostgresConnection) async throws -> T
  ) async throws -> T {
    guard !isTransactionOpen else {
      throw PostgresError(
        .transactionInProgress, "this connection is already in a transaction",
        hint: "use the outer transaction's connection instead of beginning another transaction")
    }
    isTransactionOpen = true
    defer { isTransactionOpen = false }
    let begin = "BEGIN ISOLATION LEVEL \(level.rawValue)\(readOnly ? " READ ONLY" : "")"
    try await interruptible { interrupt in try self.begin(begin, interrupt) }
    defer { forgetServerProcess() }
    do {
      let value = try await body(self)
      try Task.checkCancellation()
      try commit()
      return value
    } catch {
      rollBack()
      throw error
    }
  }

  /// Behind a pooler, the transaction begins with its settings and learns which server process it has.
  private func begin(_ statement: String, _ interrupt: Interrupt) throws {
    guard let transactionSettings else {
      _ = try script(statement, interrupt)
      return
    }
    let text = "\(statement); \(transactionSettings.forTransaction); SELECT pg_backend_pid()"
    let link = try usable()
    try link.send { PQsendQuery($0, text) }
    let process = try link.rows(text, interrupt).only().int(0)
    lastServerProcess.store(Int32(clamping: process), ordering: .relaxed)
  }

  private func forgetServerProcess() {
    if isPooled { lastServerProcess.store(0, ordering: .relaxed) }
  }

  private func commit() throws {
    // If the connection is known to be broken before COMMIT is sent, the server has certainly rolled back.
    guard isUsable else { throw PostgresError.lost("the server ended it before COMMIT") }
    let tag: String
    do {
      tag = try script("COMMIT", nil)
    } catch let error as PostgresError where error.code == .connectionLost {
      throw PostgresError(
        .commitUnknown, "the connection broke during COMMIT, so whether the transaction took effect is unknown",
        sqlState: error.sqlState, detail: error.message,
        hint: "reconnect and read what the transaction would have changed before doing it again")
    }
    if tag == "ROLLBACK" {
      throw PostgresError(
        .transactionAborted, "the transaction was rolled back, because a statement in it had failed",
        hint: "let errors inside a transaction propagate out of its body")
    }
  }

  /// Rolls back, even if the task is cancelled. If that fails, the connection is closed, so that no pool reuses it.
  private func rollBack() {
    guard let link = try? usable(), link.isInTransaction else { return }
    do {
      _ = try script("ROLLBACK", nil)
    } catch {
      logger.debug("ROLLBACK failed, the connection is closed: \(error)")
      close()
    }
  }
}
