import Postgres
import Provenance

/// Checks the files of the image rows: promise 2, and read deeply, promise 10.
struct FileAudit {
  let database: FarmDatabase
  let store: ArtifactStore
  let isDeep: Bool

  /// What one check found.
  private struct Breaches {
    let promise: Int
    let check: String
    let message: String
    var rows: [String] = []
    var count = 0

    mutating func add(_ row: String) {
      count += 1
      if rows.count < Audit.shown { rows.append(row) }
    }

    var finding: AuditFinding? {
      count == 0 ? nil : AuditFinding(promise: promise, check: check, message: message, rows: rows, count: count)
    }
  }

  /// Visits every image row in order, a few thousand at a time, so that memory does not grow with the farm.
  func run(batch: Int64?) async throws -> [AuditFinding] {
    var missing = Breaches(promise: 2, check: "file.missing", message: "an accepted image has no file")
    var damaged = Breaches(
      promise: 2, check: "file.damaged", message: "an accepted image's file is not what was published")
    var untrue = Breaches(
      promise: 10, check: "file.provenance", message: "a file's provenance is not what its row and batch say")
    var position: (batch: Int64, index: Int) = (-1, -1)
    while true {
      let rows = try await page(after: position, batch)
      guard let last = rows.last else { break }
      for row in rows {
        let name = "image \(try row.int("idx")) of batch \(try row.int64("batch_id"))"
        let digest = try row.string("digest")
        do {
          try store.check(digest, bytes: try row.int("bytes"), deep: false)
          guard isDeep else { continue }
          if let difference = try difference(row, bytes: try store.read(digest)) {
            untrue.add("\(name): \(difference)")
          }
        } catch let error as FarmError where error.code == .artifactMissing {
          missing.add("\(name): \(error)")
        } catch let error as FarmError where error.code == .artifactDamaged {
          damaged.add("\(name): \(error)")
        }
      }
      position = (try last.int64("batch_id"), try last.int("idx"))
      try Task.checkCancellation()
    }
    return [missing, damaged, untrue].compactMap(\.finding)
  }

  private func page(after position: (batch: Int64, index: Int), _ batch: Int64?) async throws -> QueryResult {
    try await database.pool.withConnection {
      try await $0.query(
        """
        SELECT i.batch_id, i.idx, i.bytes, i.seed, i.actual_steps, i.engine, encode(i.sha256, 'hex') AS digest,
          encode(i.rgb_sha256, 'hex') AS rgb, b.model_digest, c.subject::text AS subject, c.settings::text AS settings
        FROM images i JOIN batches b ON b.id = i.batch_id
          JOIN cells c ON c.batch_id = i.batch_id AND c.ordinal = i.cell
        WHERE (i.batch_id, i.idx) > (\(position.batch), \(position.index))
          AND \(AuditCheck.scope("i.batch_id", batch))
        ORDER BY i.batch_id, i.idx LIMIT 5000
        """)
    }
  }

  /// What the file says otherwise than the tables, in words; nil if nothing.
  private func difference(_ row: PostgresRow, bytes: [UInt8]) throws -> String? {
    let record: ProvenanceRecord
    do {
      record = try PNGProvenance.verify(bytes, named: "its file")
    } catch {
      return "\(error)"
    }
    let spec = ProvenanceRecord.Spec(
      subject: try row.subject(), settings: try row.settings(), seed: try row.uint64("seed"))
    var differences: [String] = []
    if record.spec.seed != spec.seed { differences.append("seed \(record.spec.seed) instead of \(spec.seed)") }
    if record.spec.subject != spec.subject { differences.append("another subject") }
    if record.spec.settings != spec.settings { differences.append("other settings") }
    if record.rgbSHA256 != (try row.string("rgb")) { differences.append("other pixels") }
    if record.actualSteps != (try row.int("actual_steps")) { differences.append("\(record.actualSteps) steps") }
    if record.engineKind != (try row.string("engine")) { differences.append("engine \(record.engineKind)") }
    if record.model.digest != (try row.string("model_digest")) { differences.append("another model") }
    return differences.isEmpty ? nil : "the provenance has " + differences.joined(separator: ", ")
  }
}
