import Files
import Postgres

extension WorkerRegistry {
  /// Tells workers to pause, to drain or to go on. They hear of it within seconds.
  ///
  /// Nothing is changed unless every worker that is named by its number can obey. On a host, or of all, those that
  /// cannot (they drain, or there is nothing to resume) are left out.
  /// - Returns: the workers that obey, also those that were told before.
  /// - Throws: ``FarmError`` (`notFound`, `refused`) that names the first worker that cannot, or says that there is none.
  package func direct(_ direction: WorkerDirection, _ selection: WorkerSelection) async throws -> [WorkerStatus] {
    let directed = try await pool.transaction(retries: 3) { connection in
      let rows = try await connection.query(WorkerSQL.lock(selection))
      try check(selection, found: rows.map { try $0.int64("id") })
      var directed: [WorkerStatus] = []
      for row in rows {
        let status = try WorkerStatus(row)
        var machine = WorkerMachine(
          state: status.state, request: status.request?.kind, isSuspended: status.suspended != nil)
        switch machine.handle(.direct(direction)) {
        case .commit:
          let changed = try await connection.query(WorkerSQL.direct(status.id, machine)).only()
          try await connection.query(
            EventSQL.append(
              .info, direction.event, worker: status.id,
              detail: ["cause": "operator", "by": try changed.string("by"), "host": status.host]))
          directed.append(try WorkerStatus(changed))
        case .nothing, .registerAgain: directed.append(status)
        case .refuse(let reason):
          guard case .workers = selection else { continue }
          throw FarmError(.refused, "worker \(status.id) \(reason); nothing was changed (see emofarm workers --all)")
        }
      }
      return directed
    }
    // Wakes those that listen; all read their own rows, and they also do so with each report.
    _ = try? await pool.withConnection { try await $0.query("SELECT pg_notify(\(FarmChannel.workers.rawValue), '')") }
    return directed
  }

  private func check(_ selection: WorkerSelection, found: [Int64]) throws(FarmError) {
    switch selection {
    case .workers(let ids):
      guard let absent = ids.first(where: { !found.contains($0) }) else { return }
      throw FarmError(.notFound, "there is no worker \(absent): see emofarm workers")
    case .host(let name):
      guard found.isEmpty else { return }
      throw FarmError(.notFound, "no worker is alive on the host '\(name)': see emofarm workers")
    case .all:
      guard found.isEmpty else { return }
      throw FarmError(.notFound, "no worker is alive: see emofarm workers --all")
    }
  }
}

extension WorkerDirection {
  /// The kind of the event.
  fileprivate var event: String {
    switch self {
    case .pause: "worker.paused"
    case .drain: "worker.draining"
    case .resume: "worker.resumed"
    }
  }
}
