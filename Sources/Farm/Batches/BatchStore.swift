import Crypto
import Files
import Foundation
import Postgres
package import Specifications
import Vocabulary

/// Enqueues, queries and controls batches.
package struct BatchStore: Sendable {
  let pool: PostgresPool

  /// Enqueues a plan in one transaction.
  ///
  /// If the key is in use with the same specification, returns the existing batch in whatever state it is.
  /// - Parameter user: whose batch it is; nil for the database role of this session.
  /// - Throws: ``FarmError`` (`conflict`) if the key is in use with another specification.
  package func enqueue(_ plan: BatchPlan, model: RegisteredModel, user: String? = nil) async throws -> Enqueued {
    let spec = try plan.spec.json
    let digest = Array(SHA256.hash(data: Data(try plan.spec.identityJSON.utf8)))
    let accept = try plan.spec.acceptance.map { try JSONColumn.encode($0) }
    let cells = try JSONColumn.encode(plan.cells.map { StoredCell($0) })
    // If the outcome of the commit is unknown, repeating it finds the key, if there is one. Without a key the outcome
    // cannot be determined, so the caller receives the error.
    let enqueued = try await pool.transaction(retries: 3) { connection in
      let inserted = try await connection.query(
        BatchSQL.insert(plan, spec: JSONText(spec), accept: accept, digest: digest, model: model, user: user))
      guard let row = inserted.first else { return try await existing(plan.spec, digest, connection) }
      let id = try row.int64("id")
      try await connection.query(BatchSQL.insertCells(batch: id, cells))
      let jobs = try await connection.query(BatchSQL.insertJobs(batch: id, chunk: plan.spec.chunk)).affectedRows
      try await connection.query(
        EventSQL.append(
          .info, "batch.enqueued", batch: id, detail: ["images": "\(plan.images)", "jobs": "\(jobs)"]))
      return Enqueued(id: id, created: true, images: plan.images, jobs: jobs)
    }
    if enqueued.created { await notify(.work, enqueued.id) }
    return enqueued
  }

  /// Enqueues a training: a batch with one job and no images.
  ///
  /// - Throws: ``BatchSpecError`` if the specification does not describe a training, ``FarmError`` as for images.
  package func enqueueTraining(_ spec: BatchSpec, user: String? = nil) async throws -> Enqueued {
    try spec.check()
    guard let plan = spec.training else { throw BatchSpecError("the batch does not describe a training") }
    let json = JSONText(try spec.json)
    let digest = Array(SHA256.hash(data: Data(try spec.identityJSON.utf8)))
    let enqueued = try await pool.transaction(retries: 3) { connection in
      let inserted = try await connection.query(TrainingSQL.insertBatch(spec, json: json, digest: digest, user: user))
      guard let row = inserted.first else { return try await existing(spec, digest, connection) }
      let id = try row.int64("id")
      try await connection.query(TrainingSQL.insert(batch: id, steps: plan.settings.steps))
      try await connection.query(
        EventSQL.append(
          .info, "batch.enqueued", batch: id,
          detail: ["training": plan.stageName.rawValue, "steps": "\(plan.settings.steps)"]))
      return Enqueued(id: id, created: true, images: 0, jobs: 1)
    }
    if enqueued.created { await notify(.work, enqueued.id) }
    return enqueued
  }

  private func existing(
    _ spec: BatchSpec, _ digest: [UInt8], _ connection: PostgresConnection
  ) async throws -> Enqueued {
    let key = spec.key ?? ""
    guard let row = try await connection.query(BatchSQL.byKey(key)).first else {
      throw FarmError(.conflict, "the batch with the key '\(key)' was deleted at the same time: enqueue it again")
    }
    let id = try row.int64("id")
    guard try row.bytes("spec_digest") == digest else {
      let stored = try? BatchSpec(parsing: try row.string("spec"), named: "batch \(id)")
      let keys = stored.map { $0.differences(from: spec).joined(separator: ", ") } ?? "its text"
      throw FarmError(
        .conflict,
        "batch \(id) already has the key '\(key)' with another specification, which differs in: \(keys). "
          + "Choose another key, or delete that batch")
    }
    return Enqueued(id: id, created: false, images: try row.int("images"), jobs: try row.int("jobs"))
  }

  /// Resolves a reference: an id in decimal, otherwise a key.
  ///
  /// - Throws: ``FarmError`` (`notFound`).
  package func find(_ reference: String) async throws -> Int64 {
    let statement = Int64(reference).map { BatchSQL.find(id: $0) } ?? BatchSQL.find(key: reference)
    guard let row = try await pool.withConnection({ try await $0.query(statement) }).first else {
      throw FarmError(.notFound, "there is no batch \(reference): see `emofarm list`")
    }
    return try row.int64("id")
  }

  /// - Throws: ``FarmError`` (`notFound`).
  package func status(_ id: Int64) async throws -> BatchStatus {
    let rows = try await pool.withConnection {
      try await $0.query(BatchSQL.status(where: "b.id = \(id)", limit: 1))
    }
    guard let row = rows.first else { throw Self.notFound(id) }
    return try BatchStatus(row)
  }

  /// Batches in the given states (nil for all), newest first.
  ///
  /// - Parameter before: only batches with smaller numbers, to continue a page.
  package func list(
    states: [BatchState]? = nil, before: Int64 = .max, onlyTrainings: Bool = false, limit: Int = 100
  ) async throws -> [BatchStatus] {
    let condition = BatchSQL.listed(states: states, before: before, onlyTrainings: onlyTrainings)
    return try await pool.withConnection {
      try await $0.query(BatchSQL.status(where: condition, limit: limit)).map { try BatchStatus($0) }
    }
  }

  /// The specification as it was enqueued.
  package func spec(_ id: Int64) async throws -> BatchSpec {
    let rows = try await pool.withConnection {
      try await $0.query("SELECT spec::text AS spec FROM batches WHERE id = \(id)")
    }
    guard let row = rows.first else { throw Self.notFound(id) }
    return try BatchSpec(parsing: try row.string("spec"), named: "batch \(id)")
  }

  static func notFound(_ id: Int64) -> FarmError {
    FarmError(.notFound, "there is no batch \(id): see `emofarm list`")
  }

  /// Wakes listeners on a best-effort basis; they also poll.
  func notify(_ channel: FarmChannel, _ batch: Int64) async {
    _ = try? await pool.withConnection {
      try await $0.query("SELECT pg_notify(\(channel.rawValue), \(String(batch)))")
    }
  }
}

/// A cell in the parameter of ``BatchSQL/insertCells(batch:_:)``.
private struct StoredCell: Encodable {
  let ordinal: Int
  let emotion: String?
  let subject: Subject
  let settings: RenderSettings
  let firstIndex: Int
  let count: Int

  enum CodingKeys: String, CodingKey {
    case ordinal, emotion, subject, settings, count
    case firstIndex = "first_index"
  }

  init(_ cell: PlannedCell) {
    ordinal = cell.ordinal
    emotion = cell.emotion
    subject = cell.subject
    settings = cell.settings
    firstIndex = cell.firstIndex
    count = cell.count
  }
}

/// The result of enqueueing a specification.
package struct Enqueued: Hashable, Sendable {
  package let id: Int64
  /// False if the key was already in use with the same specification.
  package let created: Bool
  package let images: Int
  package let jobs: Int
}
