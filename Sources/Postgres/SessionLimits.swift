/// How long a session may keep others waiting. The server enforces it: the limits are set when the session begins, and
/// under transaction pooling in each transaction.
///
/// A client that vanishes thus frees its locks within seconds: in a transaction by the first limit, in a statement
/// because the server looks after its client, and while it sends to it by TCP's user timeout.
package struct SessionLimits: Sendable, Equatable {
  /// How long a transaction may stay open without a statement.
  package var idleInTransaction: Duration
  /// How long a statement waits for each lock.
  package var lock: Duration
  /// How long a statement may run; nil for reports and changes of any size, which a person can interrupt.
  package var statement: Duration?
  /// Whether each statement is planned for its own values, although it was prepared: a plan for batches of average size reads
  /// all of the largest one. It costs about a millisecond.
  package var plansForValues = false

  /// Of commands: a person waits for them.
  package static let command = SessionLimits(idleInTransaction: .seconds(30), lock: .seconds(10), statement: nil)

  /// Of workers: their statements are small, and others wait for their locks.
  package static let worker = SessionLimits(
    idleInTransaction: .seconds(5), lock: .seconds(5), statement: .seconds(30))

  /// Of pages: somebody looks at each, and none may burden the server for long.
  package static let page = SessionLimits(
    idleInTransaction: .seconds(5), lock: .seconds(5), statement: .seconds(10), plansForValues: true)

  /// How long a client waits for the answer to a statement: longer than the server's own limits, so that only a server
  /// that is stopped or out of reach exceeds it.
  var answer: Duration? { statement.map { $0 + .seconds(10) } }

  /// A vanished peer is detected after about this time.
  static let peer = (idleSeconds: 5, intervalSeconds: 5, probes: 2, unansweredMilliseconds: 15_000)

  /// By the server's names, in milliseconds.
  var settings: [(name: String, value: String)] {
    [
      ("idle_in_transaction_session_timeout", "\(idleInTransaction.milliseconds)"),
      ("lock_timeout", "\(lock.milliseconds)"), ("statement_timeout", "\(statement?.milliseconds ?? 0)"),
    ] + (plansForValues ? [("plan_cache_mode", "force_custom_plan")] : [])
  }

  /// How the server notices that its client is gone.
  ///
  /// - Parameter version: of the server, as in `PQserverVersion`.
  static func liveness(version: Int32) -> [(name: String, value: String)] {
    var settings = [
      ("tcp_keepalives_idle", "\(peer.idleSeconds)"), ("tcp_keepalives_interval", "\(peer.intervalSeconds)"),
      ("tcp_keepalives_count", "\(peer.probes)"), ("tcp_user_timeout", "\(peer.unansweredMilliseconds)"),
    ]
    if version >= 140_000 { settings.append(("client_connection_check_interval", "2000")) }
    return settings
  }
}

extension Duration {
  /// Rounded down.
  fileprivate var milliseconds: Int { Int(self / .milliseconds(1)) }
}
