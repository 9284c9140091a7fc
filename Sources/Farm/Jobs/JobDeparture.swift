import Postgres

/// The transaction in which a job leaves its worker.
struct JobDeparture: Sendable {
  let handle: JobHandle
  let event: JobMachine.Event
  /// The outcome recorded in the attempt's row.
  let error: String?
  /// The outcomes that, if the call is repeated, show that it already took effect.
  let expecting: [AttemptOutcome]

  struct Result: Sendable {
    var settlement: Settlement
    var worker: Int64?
    var attempt = 0
    /// Whether jobs of the batch are ready again.
    var reopens = false
  }

  func run(_ connection: PostgresConnection) async throws -> Result {
    guard let row = try await connection.query(JobSQL.lock(handle)).first else {
      // Policies hide the jobs that workers of other logins hold.
      return Result(settlement: try await earlier(connection))
    }
    let count = try row.int("count")
    let done = try row.int("images_done")
    let job = JobMachine(
      state: try row.state("state"), token: try row.int64("token"), claim: try row.int64("claim"),
      attempt: try row.int("attempt"),
      maxAttempts: try row.int("max_attempts"), isComplete: done + (try row.int("given_up")) == count,
      isTraining: try row.bool("is_training"), batch: try row.state("batch_state"))
    if case .expire = event, try !row.bool("expired") { return Result(settlement: .stale) }
    var event = event
    if case .hostFault(let hosts) = event, hosts > 0 {
      let blamed = try await connection.query(JobSQL.blameHost(handle)).first
      event = .hostFault(hosts: try blamed?.int("hosts") ?? 1)
    }
    switch job.handle(event, under: handle) {
    case .refuseStale:
      return Result(settlement: try await earlier(connection))
    case .refuseIncomplete:
      let missing = try await connection.query(JobSQL.missing(handle)).map { try $0.int("i") }
      return Result(settlement: .incomplete(missing: missing))
    case .leave(let change):
      let images = done - (try row.int("images_counted"))
      let worker = try row.optionalInt64("worker_id")
      let (batch, reopens) = try await commit(change, row, images: images, worker: worker, connection)
      return Result(
        settlement: .settled(job: change.state, batch: batch), worker: worker, attempt: try row.int("attempt"),
        reopens: reopens)
    }
  }

  private func commit(
    _ change: JobMachine.Change, _ row: PostgresRow, images: Int, worker: Int64?, _ connection: PostgresConnection
  ) async throws -> (BatchState, reopens: Bool) {
    let statement = JobSQL.leave(handle, change, cell: try row.int("cell"), images: images, error: recorded(change))
    var fold = try Fold(try await connection.query(statement).only())
    if try row.bool("is_training") {
      try await connection.query(TrainingSQL.leave(batch: handle.batch, isDone: change.state == .done))
    }
    var batch = try row.batchMachine()
    var end = batch
    _ = end.handle(.tallied(done: fold.jobs))
    _ = end.handle(.jobLeft(change.state))
    let reopened = try await BatchEnd(batch: handle.batch).rejectDuplicates(batch.state, end.state, connection)
    if let reopened {
      _ = batch.handle(.repair(done: reopened.jobs))
      fold = fold.adding(reopened.fold)
    }
    let counts = batch.handle(.tallied(done: fold.jobs)) == .commit || fold.images != 0
    let leaves = batch.handle(.jobLeft(change.state)) == .commit
    if leaves || counts {
      try await connection.query(BatchSQL.commit(handle.batch, batch, images: fold.images, starts: leaves))
    }
    try await report(change, attempt: try row.int("attempt"), worker: worker, connection)
    if batch.state.isFinished {
      try await connection.query(EventSQL.finished(handle.batch, batch.state))
    }
    return (batch.state, (reopened?.jobs ?? 0) > 0)
  }

  /// A completed attempt has no error, whatever the worker reported.
  private func recorded(_ change: JobMachine.Change) -> String? {
    change.outcome == .completed ? nil : error
  }

  private func report(
    _ change: JobMachine.Change, attempt: Int, worker: Int64?, _ connection: PostgresConnection
  ) async throws {
    let isHostFault = if case .hostFault = event { true } else { false }
    guard change.outcome == .failed || change.outcome == .expired || isHostFault else { return }
    var detail = ["attempt": "\(attempt)", "outcome": change.outcome.rawValue, "state": change.state.rawValue]
    detail["error"] = error
    let isQuarantined = change.state == .failed
    let kind =
      isQuarantined
      ? "job.quarantined" : isHostFault ? "job.returned" : change.outcome == .failed ? "job.failed" : "job.expired"
    try await connection.query(
      EventSQL.append(
        isQuarantined ? .error : .warning, kind, batch: handle.batch, job: handle.job, worker: worker, detail: detail))
  }

  /// The earlier result of this token if it matches the request.
  private func earlier(_ connection: PostgresConnection) async throws -> Settlement {
    guard let row = try await connection.query(JobSQL.outcome(handle)).first,
      let label = try row.optionalString("outcome"), let outcome = AttemptOutcome(rawValue: label),
      expecting.contains(outcome)
    else { return .stale }
    return .settled(job: try row.state("state"), batch: try row.state("batch_state"))
  }
}

/// How a worker's hold on a job ended.
package enum AttemptOutcome: String, CaseIterable, Codable, Hashable, Sendable {
  case completed
  /// The worker returned the job because it drained, the batch was paused or the farm was not ready. Not counted.
  case released
  case failed
  /// The lease expired: the worker crashed, hung or lost the database.
  case expired
  case cancelled
}
