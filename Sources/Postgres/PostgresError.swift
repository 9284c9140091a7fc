/// What went wrong in PostgreSQL or on the way there, and what to do next.
///
/// Neither passwords nor the values of parameters ever appear in it; the server's own `detail` may quote a key.
package struct PostgresError: Error, Sendable {
  /// The kind of failure.
  package let code: Code

  /// What went wrong, in one sentence.
  package let message: String

  /// The server's SQLSTATE, where it gave one.
  package let sqlState: SQLState?

  /// The server's second sentence, where it gave one.
  package let detail: String?

  /// What to do next.
  package let hint: String?

  /// The constraint that refused the row, where there was one.
  package let constraint: String?

  /// The statement with its placeholders, without parameters.
  package let statement: String?

  package init(
    _ code: Code,
    _ message: String,
    sqlState: SQLState? = nil,
    detail: String? = nil,
    hint: String? = nil,
    constraint: String? = nil,
    statement: String? = nil
  ) {
    self.code = code
    self.message = message
    self.sqlState = sqlState
    self.detail = detail
    self.hint = hint
    self.constraint = constraint
    self.statement = statement
  }

  /// Whether the server could not be reached or went away: worth reconnecting and trying again later.
  ///
  /// False for ``Code/commitUnknown``, which must be resolved by reading before anything is done again.
  package var isConnectionFailure: Bool {
    switch code {
    case .commitUnknown: false
    case .connectionLost, .connectionClosed: true
    case .connectionFailed, .server: sqlState.map(\.meansServerUnavailable) ?? (code == .connectionFailed)
    default: false
    }
  }

  /// Whether the same transaction, run again from its start, may well succeed (serialization failure, deadlock).
  package var isRetryable: Bool {
    sqlState == .serializationFailure || sqlState == .deadlockDetected
  }
}

extension PostgresError: CustomStringConvertible {
  package var description: String {
    var text = message
    if let sqlState { text += " (SQLSTATE \(sqlState.rawValue))" }
    if let detail { text += "\n  detail: \(detail)" }
    if let statement { text += "\n  in: \(Self.shortened(statement))" }
    if let hint { text += "\n  next: \(hint)" }
    return text
  }

  private static func shortened(_ statement: String) -> String {
    let line = statement.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return line.count <= 160 ? line : line.prefix(160) + " …"
  }
}
