import Files
import Postgres
package import Vocabulary

/// The registrations of workers. They are informational: no job depends on them.
package struct WorkerRegistry: Sendable {
  let pool: PostgresPool

  /// - Parameters:
  ///   - precisions: the precisions that the worker's compute context supports.
  ///   - labels: what its operator says that it has; sorted.
  ///   - request: what an operator asked of the same process under an earlier registration, which was lost.
  /// - Returns: the key that its claims name.
  package func register(
    host: String, pid: Int, engine: String, version: String, threads: Int, precisions: [Precision] = [.fp32],
    labels: [String] = [], request: WorkerRequest? = nil
  ) async throws -> WorkerKey {
    let registration = Int64.random(in: 1...Int64.max)
    return try await pool.transaction(retries: 3) { connection in
      let statement = WorkerSQL.register(
        host: host, pid: pid, engine: engine, version: version, threads: threads,
        precisions: precisions.map(\.rawValue), labels: labels, request: request, registration: registration)
      let id = try await connection.query(statement).only().int64("id")
      try await connection.query(
        EventSQL.append(.info, "worker.registered", worker: id, detail: ["host": host, "pid": "\(pid)"]))
      return WorkerKey(id: id, registration: registration)
    }
  }

  /// Records that a worker is alive and what it is doing.
  ///
  /// - Parameters:
  ///   - note: why the worker does not claim jobs, for example because the disk is full; nil if it does.
  /// - Returns: what the farm says to the worker; nil if the registration has ended, or was lost when the database was
  ///   restored from a backup: the worker holds no jobs any more and must register again.
  package func heartbeat(
    _ worker: WorkerKey, draining: Bool = false, job: Int64? = nil, freeBytes: Int64? = nil, note: String? = nil
  ) async throws -> WorkerOrders? {
    try await pool.transaction(retries: 3) { connection in
      guard let row = try await connection.query(WorkerSQL.lock(worker)).first else { return nil }
      var machine = WorkerMachine(state: try row.state("state"))
      guard machine.handle(.heartbeat(draining: draining)) == .commit else { return nil }
      try await connection.query(WorkerSQL.heartbeat(worker.id, machine, job: job, freeBytes: freeBytes, note: note))
      return try WorkerOrders(row)
    }
  }

  /// What the farm says to a worker; nil if its registration has ended.
  package func orders(_ worker: WorkerKey) async throws -> WorkerOrders? {
    try await pool.withConnection { try await $0.query(WorkerSQL.orders(worker)).first.map { try WorkerOrders($0) } }
  }

  /// Records that a worker claims nothing because of its host, and why.
  package func suspend(_ worker: WorkerKey, reason: String) async throws {
    try await pool.transaction(retries: 3) { connection in
      guard try await !connection.query(WorkerSQL.suspend(worker, reason)).isEmpty else { return }
      try await connection.query(
        EventSQL.append(.error, "worker.suspended", worker: worker.id, detail: ["reason": reason]))
    }
  }

  /// The host of a suspended worker is repaired: it claims again. A request of an operator stays.
  package func endSuspension(_ worker: WorkerKey) async throws {
    try await pool.transaction(retries: 3) { connection in
      guard try await !connection.query(WorkerSQL.endSuspension(worker)).isEmpty else { return }
      try await connection.query(
        EventSQL.append(.info, "worker.resumed", worker: worker.id, detail: ["cause": "repaired"]))
    }
  }

  /// Ends a registration at an orderly shutdown.
  package func leave(_ worker: WorkerKey) async throws {
    try await pool.transaction(retries: 3) { connection in
      guard let row = try await connection.query(WorkerSQL.lock(worker)).first else { return }
      var machine = WorkerMachine(state: try row.state("state"))
      guard machine.handle(.leave) == .commit else { return }
      try await connection.query(WorkerSQL.end(worker.id, machine))
      try await connection.query(EventSQL.append(.info, "worker.left", worker: worker.id))
    }
  }

  /// Registered workers, newest first; ended registrations are included only if `all`.
  package func list(all: Bool = false) async throws -> [WorkerStatus] {
    try await pool.withConnection { try await $0.query(WorkerSQL.list(all: all)).map { try WorkerStatus($0) } }
  }

  /// Whether any worker is alive that can do the jobs of a batch: it reported recently, or holds a job whose lease has
  /// not expired.
  package func areAnyLive(for batch: Int64) async throws -> Bool {
    try await pool.withConnection { try await $0.query(WorkerSQL.anyLive(for: batch)).only().bool("live") }
  }

  /// Ends the registrations of workers that were silent for too long, and returns them.
  func endSilent(longerThan silence: Duration) async throws -> [Int64] {
    try await pool.transaction(retries: 3) { connection in
      var lost: [Int64] = []
      for row in try await connection.query(WorkerSQL.silent(longerThan: silence)) {
        let id = try row.int64("id")
        var machine = WorkerMachine(state: try row.state("state"))
        guard machine.handle(.silence) == .commit else { continue }
        try await connection.query(WorkerSQL.end(id, machine))
        try await connection.query(EventSQL.append(.warning, "worker.lost", worker: id))
        lost.append(id)
      }
      return lost
    }
  }
}
