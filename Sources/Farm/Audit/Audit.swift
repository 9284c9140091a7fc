import Postgres

/// Checks the farm's promises on a live database and store.
///
/// The tables are read in one snapshot, so that work going on meanwhile is never mistaken for a breach.
package struct Audit: Sendable {
  private let database: FarmDatabase
  private let store: ArtifactStore

  package init(database: FarmDatabase, store: ArtifactStore) {
    self.database = database
    self.store = store
  }

  /// Every check on the tables.
  package static let checks = AuditCheck.claims + AuditCheck.images + AuditCheck.counters

  /// How many rows a finding shows.
  private static let shown = 20

  /// All breaches by promise; none means that the promises hold.
  ///
  /// - Parameters:
  ///   - deep: read every file and compare its digest, and run the slow checks.
  ///   - batch: look at one batch alone.
  package func run(deep: Bool = false, batch: Int64? = nil) async throws -> [AuditFinding] {
    var findings = try await database.pool.withConnection { connection in
      try await connection.transaction(isolation: .repeatableRead, readOnly: true) { connection in
        var findings: [AuditFinding] = []
        for check in Self.checks where deep || !check.isDeep {
          if let finding = try await run(check, batch, connection) { findings.append(finding) }
        }
        return findings
      }
    }
    findings += try await files(deep: deep, batch: batch)
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

  /// Whether the file of every image row is there, whole.
  private func files(deep: Bool, batch: Int64?) async throws -> [AuditFinding] {
    var missing: [String] = []
    var damaged: [String] = []
    var (missingCount, damagedCount) = (0, 0)
    var last: (batch: Int64, index: Int) = (-1, -1)
    while true {
      let position = last
      let rows = try await database.pool.withConnection {
        try await $0.query(
          """
          SELECT batch_id, idx, bytes, encode(sha256, 'hex') AS digest FROM images
          WHERE (batch_id, idx) > (\(position.batch), \(position.index)) AND \(AuditCheck.scope("batch_id", batch))
          ORDER BY batch_id, idx LIMIT 5000
          """)
      }
      guard !rows.isEmpty else { break }
      for row in rows {
        last = (try row.int64("batch_id"), try row.int("idx"))
        do {
          try store.check(try row.string("digest"), bytes: try row.int("bytes"), deep: deep)
        } catch let error as FarmError where error.code == .artifactMissing {
          missingCount += 1
          if missing.count < Self.shown { missing.append("image \(last.index) of batch \(last.batch): \(error)") }
        } catch let error as FarmError where error.code == .artifactDamaged {
          damagedCount += 1
          if damaged.count < Self.shown { damaged.append("image \(last.index) of batch \(last.batch): \(error)") }
        }
      }
      try Task.checkCancellation()
    }
    var findings: [AuditFinding] = []
    if missingCount > 0 {
      findings.append(
        AuditFinding(
          promise: 2, check: "file.missing", message: "an accepted image has no file", rows: missing,
          count: missingCount))
    }
    if damagedCount > 0 {
      findings.append(
        AuditFinding(
          promise: 2, check: "file.damaged", message: "an accepted image's file is not what was published",
          rows: damaged, count: damagedCount))
    }
    return findings
  }
}
