import CLibPQ

extension PostgresError {
  /// The error with which the server rejected a statement.
  static func server(_ result: PQResult, statement: String?) -> PostgresError {
    let state = result.field(Int32(UInt8(ascii: "C"))).map(SQLState.init(rawValue:))
    let message = result.field(Int32(UInt8(ascii: "M"))) ?? String(cString: PQresultErrorMessage(result.pointer))
    return PostgresError(
      .server, message.trimmed, sqlState: state, detail: result.field(Int32(UInt8(ascii: "D"))),
      hint: result.field(Int32(UInt8(ascii: "H"))) ?? state.flatMap(advice),
      constraint: result.field(Int32(UInt8(ascii: "n"))), statement: statement)
  }

  /// The error for a broken connection.
  static func lost(_ reason: String, sqlState: SQLState? = nil) -> PostgresError {
    let line = reason.split(whereSeparator: \.isNewline).first.map { String($0).trimmed } ?? "no reason given"
    return PostgresError(
      .connectionLost, "the connection to PostgreSQL was lost: \(line)", sqlState: sqlState,
      hint: "reconnect; a statement outside a transaction may have taken effect")
  }

  static func timedOut(_ configuration: PostgresConfiguration) -> PostgresError {
    PostgresError(
      .connectionFailed,
      "PostgreSQL at \(configuration.redacted) did not answer within \(configuration.connectTimeout)",
      hint: "check the address, that the server is running, and that no firewall blocks it")
  }

  /// The error for a failed connection attempt, with the SQLSTATE from libpq's verbose message.
  static func connecting(_ handle: OpaquePointer, _ configuration: PostgresConfiguration) -> PostgresError {
    let lines = String(cString: PQerrorMessage(handle)).split(whereSeparator: \.isNewline)
      .filter { !$0.hasPrefix("LOCATION:") }.map { String($0).trimmed }
    var text = lines.joined(separator: " ")
    var state: SQLState?
    // "FATAL:  28P01: password authentication failed …"
    if let match = text.firstMatch(of: #/:  ([0-9A-Z]{5}): /#) {
      state = SQLState(rawValue: String(match.1))
      text.replaceSubrange(match.range, with: ": ")
    }
    let needsPassword = PQconnectionNeedsPassword(handle) != 0
    // libpq reports a missing password without a SQLSTATE; retrying would not help.
    if needsPassword { state = state ?? .invalidPassword }
    return PostgresError(
      .connectionFailed, "cannot connect to \(configuration.redacted): \(text)", sqlState: state,
      hint: needsPassword
        ? "give the user's password in the URL (user:password@…), in PGPASSWORD or in ~/.pgpass"
        : state.flatMap(advice) ?? "check that the server is running and listens on this address")
  }

  /// The advice for the most common SQLSTATEs.
  static func advice(_ state: SQLState) -> String? {
    switch state {
    case .invalidPassword: "check the user and password in the database's URL"
    case .invalidAuthorization: "check the user name, and that the server's pg_hba.conf allows it from this host"
    case .unknownDatabase: "create the database (createdb NAME) or correct its name in the URL"
    case .cannotConnectNow: "wait: the server is starting up or shutting down"
    case .tooManyConnections: "run fewer workers or raise max_connections of the server"
    case .insufficientPrivilege:
      "connect as a login that is a member of the role for this part of the farm; a superuser or the owner of the tables "
        + "makes these roles, and renews their rights after a migration, with: emofarm db roles"
    case .diskFull: "free space on the server's disk"
    case .undefinedTable: "bring the schema up to date with: emofarm db migrate"
    default: nil
    }
  }
}

extension String {
  /// The string without surrounding white space.
  var trimmed: String {
    var text = self[...]
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
