extension SQLState {
  /// What an SQLSTATE says about the server's condition, and so whether waiting helps.
  package enum Condition: String, Hashable, Sendable, CaseIterable {
    /// The server, or a pooler before it, is unreachable, starting, shutting down or ended this session.
    case away
    /// The server is out of some resource, or it took too long.
    case busy
    /// Another session holds a lock for longer than this one waits.
    case locked
    /// A conflict of transactions: the same transaction may succeed at once.
    case conflict
    /// The server takes no changes: a standby, or a primary that was set to read-only.
    case readOnly
    /// Role, privileges, schema or program do not fit this database: an operator has to change something.
    case setup
    /// The statement's values: the same statement with the same values fails again.
    case data
    /// The server or its disk failed inside, or sent a state that is in no table of ours.
    case unknown
  }

  /// The table: exact states first, then classes (the first two characters), after PostgreSQL's appendix A.
  package var condition: Condition {
    if let known = Self.states[rawValue] { return known }
    return Self.classes[String(rawValue.prefix(2))] ?? .unknown
  }

  private static let states: [String: Condition] = [
    "25006": .readOnly,  // read_only_sql_transaction
    "25P03": .away,  // idle_in_transaction_session_timeout
    "57P05": .away,  // idle_session_timeout
    "57P01": .away, "57P02": .away, "57P03": .away,  // admin and crash shutdown, cannot connect now
    "57P04": .setup,  // database_dropped
    "55000": .busy, "55006": .busy, "55P03": .locked,  // not in the required state, in use, lock not available
    "26000": .busy,  // a prepared statement that the server process behind a pooler does not have
    "0A000": .setup,  // feature_not_supported
  ]

  private static let classes: [String: Condition] = [
    "08": .away,  // connection exception
    "53": .busy, "57": .busy, "58": .busy,  // resources, operator intervention, system error outside PostgreSQL
    "40": .conflict,  // transaction rollback
    "28": .setup, "3D": .setup, "3F": .setup, "42": .setup,  // authorization, database, schema, access rule or name
    "21": .data, "22": .data, "23": .data,  // cardinality, data exception, integrity constraint
  ]
}
