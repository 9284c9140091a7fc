/// A session that waits for locks of other sessions.
package struct LockWait: Hashable, Sendable, CustomStringConvertible {
  /// A session that holds such a lock, or waits for it in front.
  package struct Holder: Hashable, Sendable {
    /// 0 for a prepared transaction.
    package let process: Int
    /// `emofarmd@host:pid` of this farm's programs.
    package let application: String?
    package let address: String?
    package let state: String?
    /// Since when its transaction is open, by the server's clock: `2026-01-31 12:00:00 UTC`.
    package let since: String?
  }

  package let holders: [Holder]

  /// One line: for whom, since when, and what to do.
  package var description: String {
    let names = holders.map { holder in
      guard holder.process != 0 else { return "a prepared transaction (see pg_prepared_xacts)" }
      let who = [holder.application, holder.address, holder.state].compactMap { $0 }.filter { !$0.isEmpty }
      let since = holder.since.map { ", in a transaction since \($0)" } ?? ""
      return "process \(holder.process) (\(who.joined(separator: ", ")))\(since)"
    }
    let processes = holders.map(\.process).filter { $0 != 0 }
    let end = processes.map { "SELECT pg_terminate_backend(\($0))" }.joined(separator: "; ")
    return "waiting for a lock of \(names.joined(separator: " and "))"
      + (end.isEmpty ? "" : "; if it is stuck, end it: \(end)")
  }

  /// Whom a server process waits for; nil if it does not wait.
  static func of(_ process: Int32, _ connection: PostgresConnection) async throws -> LockWait? {
    let rows = try await connection.query(
      """
      SELECT b.pid, a.application_name, host(a.client_addr) AS address, a.state,
        to_char(a.xact_start, 'YYYY-MM-DD HH24:MI:SS TZ') AS since
      FROM unnest(pg_blocking_pids(\(Int(process))::integer)) b (pid) LEFT JOIN pg_stat_activity a ON a.pid = b.pid
      ORDER BY b.pid LIMIT 3
      """)
    guard !rows.isEmpty else { return nil }
    return LockWait(
      holders: try rows.map { row in
        Holder(
          process: try row.int("pid"), application: try row.optionalString("application_name"),
          address: try row.optionalString("address"), state: try row.optionalString("state"),
          since: try row.optionalString("since"))
      })
  }
}
