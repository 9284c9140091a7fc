import Postgres

/// Checks the farm's promises on a live database and store.
///
/// The tables are read in a single snapshot, so that concurrent work is never reported as a violation.
package struct Audit: Sendable {
  private let database: FarmDatabase
  private let store: ArtifactStore
  /// How long a session may hold or want a lock before that is a finding.
  private let patience: Duration

  package init(database: FarmDatabase, store: ArtifactStore, patience: Duration = .seconds(30)) {
    self.database = database
    self.store = store
    self.patience = patience
  }

  /// All checks on the tables and sessions.
  package static func checks(patience: Duration = .seconds(30)) -> [AuditCheck] {
    AuditCheck.claims + AuditCheck.images + AuditCheck.counters + AuditCheck.sessions(patience: patience)
      + AuditCheck.waiting(patience: patience)
  }

  /// The number of rows that a finding lists.
  static let shown = 20

  /// All violations, ordered by promise; empty if every promise holds.
  ///
  /// - Parameters:
  ///   - deep: read every file, compare its digest, pixels and provenance, and run the slow checks.
  ///   - batch: restrict the audit to this batch.
  package func run(deep: Bool = false, batch: Int64? = nil) async throws -> [AuditFinding] {
    var findings = try await database.pool.withConnection { connection in
      try await connection.transaction(isolation: .repeatableRead, readOnly: true) { connection in
        var findings: [AuditFinding] = []
        for check in Self.checks(patience: patience) where deep || !check.isDeep {
          if let finding = try await run(check, batch, connection) { findings.append(finding) }
        }
        return findings
      }
    }
    findings += try await FileAudit(database: database, store: store, isDeep: deep).run(batch: batch)
    if batch == nil { findings += try await InputAudit(database: database, store: store, isDeep: deep).run() }
    return findings.sorted { ($0.promise, $0.check) < ($1.promise, $1.check) }
  }

  private func run(
    _ check: AuditCheck, _ batch: Int64?, _ connection: PostgresConnection
  ) async throws -> AuditFinding? {
    let breaches = check.statement(batch)
    let rows = try await connection.query(
      "SELECT row, count(*) OVER () AS total FROM (\(breaches)) breaches LIMIT \(Self.shown)")
    guard let first = rows.first else { return nil }
    return AuditFinding(
      promise: check.promise, check: check.name, message: check.message,
      rows: try rows.map { try $0.optionalString("row") ?? "?" }, count: try first.int("total"))
  }
}

/// A violation of one of the farm's promises.
package struct AuditFinding: Codable, Hashable, Sendable {
  /// The promise's number.
  package let promise: Int
  /// The check's name, for example `image.unclaimed`.
  package let check: String
  /// A description of the violation.
  package let message: String
  /// The first affected rows, in words.
  package let rows: [String]
  /// The total number of affected rows.
  package let count: Int
}
