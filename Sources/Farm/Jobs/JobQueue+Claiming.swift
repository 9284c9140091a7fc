package import Foundation
import Postgres

extension JobQueue {
  /// Claims up to `limit` jobs in the order of their batches' priority; returns none if no job is due that the worker
  /// can do, if an operator has told the worker to pause or to drain, or if caps allow no more jobs.
  ///
  /// A crash counts as an attempt of every job held, so a worker that runs one job at a time claims one.
  /// - Parameters:
  ///   - models: serve only batches of these registered models; nil serves all batches, including trainings.
  ///   - isThorough: whether to return nothing only after a search from the beginning of every batch. Otherwise such a
  ///     search is left out if the last one was slow and not long ago.
  package func claim(
    worker: WorkerKey, lease: Duration, limit: Int = 1, models: [String]? = nil, isThorough: Bool = false
  ) async throws -> [ClaimedWork] {
    let claim = Claim(worker: worker, lease: lease, limit: limit, models: models)
    let claimed = try await searching(isThorough) { view in
      let start = ContinuousClock.now
      let found = try await pool.withConnection { try await run(claim, knowing: view, $0) }
      memory.claimed(found.places, of: found.lines, with: view, since: start)
      return found.work
    }
    guard claimed.isEmpty, try await concernsCap(worker) else { return claimed }
    // Caps are counted one job at a time.
    var counted: [ClaimedWork] = []
    let one = Claim(worker: worker, lease: lease, limit: 1, models: models, countsCaps: true)
    while counted.count < limit {
      let next = try await searching(isThorough) { try await runCounted(one, knowing: $0) }
      guard !next.isEmpty else { break }
      counted += next
    }
    return counted
  }

  private struct Claim: Sendable {
    let worker: WorkerKey
    let lease: Duration
    let limit: Int
    let models: [String]?
    var countsCaps = false
  }

  /// Runs a claim with what this process remembers and, if that finds nothing, from the beginning of every batch.
  private func searching(
    _ isThorough: Bool, _ attempt: (ClaimMemory.View) async throws -> [ClaimedWork]
  ) async throws -> [ClaimedWork] {
    if memory.mustCount() {
      let start = ContinuousClock.now
      let rows = try await pool.withConnection { try await $0.query(JobSQL.runningByBatch) }
      memory.counted(try rows.map { (try $0.int64("batch_id"), try $0.int("running")) }, since: start)
    }
    var view = memory.view()
    var work = try await attempt(view)
    if work.isEmpty, !view.floors.isEmpty {
      view = memory.view()
      work = try await attempt(view)
    }
    guard work.isEmpty, !view.isWhole, isThorough || memory.maySearch() else { return work }
    return try await attempt(memory.view(isWhole: true))
  }

  private func run(
    _ claim: Claim, knowing view: ClaimMemory.View, _ connection: PostgresConnection
  ) async throws -> (work: [ClaimedWork], places: [ClaimMemory.Place], lines: [Int64: ClaimMemory.Line]) {
    let statement = JobSQL.claim(
      worker: claim.worker, number: .random(in: 1...Int64.max), lease: claim.lease, limit: claim.limit,
      models: claim.models, countsCaps: claim.countsCaps, knowing: view)
    let rows = try await connection.query(statement)
    let places = try rows.map { row in
      ClaimMemory.Place(batch: try row.int64("batch_id"), runAt: try row.int64("run_at"), id: try row.int64("id"))
    }
    let lines = try rows.map { row in
      (
        try row.int64("batch_id"),
        ClaimMemory.Line(priority: try row.int("priority"), user: try row.string("user_name"))
      )
    }
    return (
      try rows.map { try ClaimedWork($0, worker: claim.worker.id) }, places,
      Dictionary(lines) { first, _ in first }
    )
  }

  private func concernsCap(_ worker: WorkerKey) async throws -> Bool {
    try await pool.withConnection { try await $0.query(CapSQL.concerns(worker)).only().bool("capped") }
  }

  /// Number of times that a claim is repeated which other claims have made exceed a cap. Each time another claim has
  /// succeeded.
  private static let tries = 20

  /// Claims a job on a farm with caps.
  ///
  /// The claim passes over users and hosts that are full by its snapshot. Then it locks the caps that concern it, counts
  /// again, and commits before anyone else can; if others were faster, it is rolled back. A user without a cap is never
  /// waited for. Users are locked before hosts, so that no deadlock can occur.
  private func runCounted(_ claim: Claim, knowing view: ClaimMemory.View) async throws -> [ClaimedWork] {
    for _ in 0..<Self.tries {
      let start = ContinuousClock.now
      do {
        let found = try await pool.transaction(retries: 3) { connection in
          let found = try await run(claim, knowing: view, connection)
          guard let batch = found.places.first?.batch else { return found }
          let user = try await connection.query(CapSQL.lockUser(batch: batch))
          let host = try await connection.query(CapSQL.lockHost(worker: claim.worker))
          if user.isEmpty && host.isEmpty { return found }
          let holds = try await connection.query(CapSQL.hold(batch: batch, worker: claim.worker)).only().bool("hold")
          guard holds else { throw CapExceeded() }
          return found
        }
        memory.claimed(found.places, of: found.lines, with: view, since: start)
        return found.work
      } catch is CapExceeded {
        continue
      }
    }
    return []
  }

  /// Rolls the claim back.
  private struct CapExceeded: Error {}

  /// When the next job becomes ready that this worker can do, and what keeps it from those that are due.
  package func next(for worker: WorkerKey) async throws -> NextJob {
    try await pool.withConnection { try NextJob(await $0.query(JobSQL.next(worker: worker)).only()) }
  }
}

/// What the queue will have for a worker.
package struct NextJob: Hashable, Sendable {
  /// When the next job is due that no cap keeps back; nil if there is none. The time may lie in the past.
  package let at: Date?
  /// Why jobs that are due are kept back; nil if none is.
  package let cap: String?

  init(_ row: PostgresRow) throws {
    at = try row.optionalDate("next")
    if let host = try row.optionalString("full_host") {
      cap = "the host '\(host)' runs as many jobs as its cap allows (emofarm hosts)"
    } else if case let users = try row.strings("full_users"), !users.isEmpty {
      cap = "\(users.joined(separator: ", ")): as many jobs run as the user's cap allows (emofarm users)"
    } else {
      cap = nil
    }
  }
}
