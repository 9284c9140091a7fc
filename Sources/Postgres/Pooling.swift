/// What a configuration says of a connection pooler between this program and the server.
///
/// Under transaction pooling, two transactions of one connection may run in two server processes, so nothing may outlive
/// a transaction: no prepared statement, no setting, no lock, no LISTEN.
package enum Pooling: String, CaseIterable, Sendable {
  /// Each connection finds out: a pooler hands out process numbers of its own, so a server process that answers with
  /// another number than the one announced at the start is behind a pooler. Which kind it is cannot be seen without
  /// traffic of other clients, so every pooler is taken for one of transactions, whose rules hold for sessions as well.
  case auto
  case transaction
  /// A pooler that keeps a server process for each client, or none.
  case session
}
