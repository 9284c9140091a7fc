import Files
import Postgres
import Specifications
import Vocabulary

extension BatchStore {
  /// Pauses a batch: no further job is claimed, and workers finish the current image and return the rest.
  @discardableResult
  package func pause(_ id: Int64) async throws -> BatchState {
    try await steer(id, .pause, verb: "pause", kind: "batch.paused", wakes: .batches)
  }

  @discardableResult
  package func resume(_ id: Int64) async throws -> BatchState {
    try await steer(id, .resume, verb: "resume", kind: "batch.resumed", wakes: .work)
  }

  /// Cancels waiting jobs at once; running jobs are told at their next heartbeat. Finished images stay.
  @discardableResult
  package func cancel(_ id: Int64) async throws -> BatchState {
    let state = try await pool.transaction(retries: 3) { connection in
      var machine = try await lock(id, connection)
      // The machine is asked with nothing to cancel first, so that a refusal changes no job.
      var trial = machine
      guard try decide(&trial, .cancel(ready: 0), id, "cancel") else { return machine.state }
      let ready = try await connection.query(JobSQL.cancelReady(batch: id)).affectedRows
      // The cancellation ends the batch if no job is running.
      let fold = try Fold(try await connection.query(TallySQL.fold(id)).only())
      _ = machine.handle(.tallied(done: fold.jobs))
      guard try decide(&machine, .cancel(ready: ready), id, "cancel") else { return machine.state }
      try await connection.query(BatchSQL.commit(id, machine, images: fold.images))
      try await connection.query(
        EventSQL.append(.warning, "batch.cancelled", batch: id, detail: ["jobs": "\(ready)"]))
      return machine.state
    }
    await notify(.batches, id)
    return state
  }

  /// Makes quarantined jobs ready again and resets their attempts; of a cancelled batch, also the cancelled jobs.
  /// Images and history stay.
  ///
  /// - Returns: the number of jobs that are ready again.
  @discardableResult
  package func retry(_ id: Int64) async throws -> Int {
    let count = try await pool.transaction(retries: 3) { connection in
      var machine = try await lock(id, connection)
      guard machine.retries.allowed else {
        _ = try decide(&machine, .retry(failed: 0, cancelled: 0), id, "retry")
        return 0
      }
      let row = try await connection.query(JobSQL.retry(batch: id, cancelled: machine.retries.cancelled)).only()
      let (failed, cancelled) = (try row.int("failed"), try row.int("cancelled"))
      guard try decide(&machine, .retry(failed: failed, cancelled: cancelled), id, "retry") else { return 0 }
      try await connection.query(BatchSQL.commit(id, machine))
      try await connection.query(
        EventSQL.append(.info, "batch.retried", batch: id, detail: ["jobs": "\(failed + cancelled)"]))
      return failed + cancelled
    }
    if count > 0 { await notify(.work, id) }
    return count
  }

  /// Changes a batch's priority.
  package func setPriority(_ id: Int64, _ priority: Int) async throws {
    do {
      try BatchSpec.check(priority, in: Limits.priority, "priority")
    } catch {
      throw FarmError(.refused, error.message)
    }
    try await pool.transaction(retries: 3) { connection in
      _ = try await lock(id, connection)
      guard try await connection.query(BatchSQL.setPriority(id, priority)).affectedRows > 0 else { return }
      try await connection.query(
        EventSQL.append(.info, "batch.priority", batch: id, detail: ["priority": "\(priority)"]))
    }
  }

  /// Deletes a finished batch with all its rows. Its files are removed by the next garbage collection.
  ///
  /// - Returns: the number of deleted image rows.
  /// - Throws: ``FarmError`` (`refused`) if the batch is not finished.
  @discardableResult
  package func delete(_ id: Int64) async throws -> Int {
    let images = try await pool.transaction(retries: 3) { connection in
      let machine = try await lock(id, connection)
      guard machine.state.isFinished else {
        throw FarmError(.refused, "batch \(id) is \(machine.state.rawValue): cancel it before deleting it")
      }
      let images = try await connection.query(BatchSQL.countImages(id)).only().int("images")
      try await connection.query(BatchSQL.delete(id))
      try await connection.query(
        EventSQL.append(.warning, "batch.deleted", detail: ["batch": "\(id)", "images": "\(images)"]))
      return images
    }
    await notify(.batches, id)
    return images
  }

  private func steer(
    _ id: Int64, _ event: BatchMachine.Event, verb: String, kind: String, wakes: FarmChannel
  ) async throws -> BatchState {
    let state = try await pool.transaction(retries: 3) { connection in
      var machine = try await lock(id, connection)
      guard try decide(&machine, event, id, verb) else { return machine.state }
      try await connection.query(BatchSQL.commit(id, machine))
      try await connection.query(EventSQL.append(.info, kind, batch: id))
      return machine.state
    }
    await notify(wakes, id)
    return state
  }

  private func lock(_ id: Int64, _ connection: PostgresConnection) async throws -> BatchMachine {
    if let row = try await connection.query(BatchSQL.lock(id)).first { return try row.batchMachine() }
    // Policies hide the batches of other logins from a producer that wants to lock them.
    guard let row = try await connection.query(BatchSQL.login(id)).first else { throw Self.notFound(id) }
    throw FarmError(
      .refused,
      "batch \(id) was enqueued by \(try row.string("login")), and the login \(try row.string("own")) may change only "
        + "its own batches: an admin may change all (see emofarm db roles)")
  }

  /// Whether there is a change to commit. Throws if the machine refuses.
  private func decide(
    _ machine: inout BatchMachine, _ event: BatchMachine.Event, _ id: Int64, _ verb: String
  ) throws -> Bool {
    switch machine.handle(event) {
    case .commit: return true
    case .nothing: return false
    case .refuse(let reason): throw FarmError(.refused, "cannot \(verb) batch \(id): \(reason)")
    }
  }
}
