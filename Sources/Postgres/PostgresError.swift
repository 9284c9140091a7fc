/// A failure of PostgreSQL or of the connection to it, and what to do next.
///
/// It never contains passwords or parameter values; the server's own `detail` may quote a key.
package struct PostgresError: Error, Sendable {
  /// The kind of failure.
  package let code: Code

  /// The failure in one sentence.
  package let message: String

  /// The server's SQLSTATE, if it sent one.
  package let sqlState: SQLState?

  /// The server's detail message, if it sent one.
  package let detail: String?

  /// What to do next.
  package let hint: String?

  /// The violated constraint, if there is one.
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

  /// Whether the server is unreachable or went away, so that reconnecting later may succeed.
  ///
  /// False for ``Code/commitUnknown``: its outcome must be determined by reading before anything is repeated.
  package var isConnectionFailure: Bool {
    switch code {
    case .commitUnknown: false
    case .connectionLost, .connectionClosed: true
    case .connectionFailed, .server: sqlState.map(\.meansServerUnavailable) ?? (code == .connectionFailed)
    default: false
    }
  }

  /// Whether repeating the same transaction from its start may succeed (serialization failure, deadlock).
  package var isRetryable: Bool {
    sqlState == .serializationFailure || sqlState == .deadlockDetected
  }
}

extension PostgresError {
  /// Whether the statement's values are at fault, so that the same statement fails again on any connection.
  package var isOfTheData: Bool {
    code == .invalidParameter || sqlState?.condition == .data
  }

  /// Whether the schema is of another version than the program: a migration or another program ends that.
  package var isOfTheSchema: Bool { [.migrationPending, .databaseNewer, .migrationDrift].contains(code) }

  /// Whether the server, or somebody who migrates it, may end the failure without a change to the program's settings.
  package var mayEndByItself: Bool {
    switch condition {
    case .away, .busy, .locked, .conflict, .readOnly: true
    case .setup, .data, .unknown, nil: isOfTheSchema
    }
  }

  /// What the failure says about the server; nil if it does not come from the server or the way to it.
  package var condition: SQLState.Condition? {
    switch code {
    case .connectionFailed, .connectionLost, .connectionClosed, .commitUnknown: sqlState?.condition ?? .away
    case .server: sqlState?.condition ?? .unknown
    default: nil
    }
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
