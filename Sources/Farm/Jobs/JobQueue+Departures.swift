import Postgres

extension JobQueue {
  /// Lets the state machines decide under locks how a job leaves its worker, and commits the change together with its
  /// counters, history and events.
  func leave(
    _ handle: JobHandle, _ event: JobMachine.Event, error: String?, expecting outcomes: [AttemptOutcome]
  ) async throws -> Settlement {
    let result = try await repeatingUnknownCommit {
      try await pool.transaction(retries: 3) { connection in
        try await JobDeparture(handle: handle, event: event, error: error, expecting: outcomes).run(connection)
      }
    }
    if case .settled(let job, let batch) = result.settlement {
      memory.left(handle.batch)
      // Wakes the other workers, which can take over the job, and the clients that wait for the batch.
      if job == .ready || result.reopens { await notify(.work, handle.batch) }
      if batch.isFinished { await notify(.batches, handle.batch) }
    }
    return result.settlement
  }

  /// Takes back every job whose lease has expired by the database's clock, and ends the registrations of workers that
  /// were silent for `silence`. Any worker may call it at any time.
  package func sweep(limit: Int = 100, silence: Duration = .seconds(300)) async throws -> SweepReport {
    var report = SweepReport()
    let expired = try await pool.withConnection { connection in
      try await connection.query(JobSQL.expired(limit: limit)).map { try JobHandle($0) }
    }
    for handle in expired {
      let result = try await pool.transaction(retries: 3) { connection in
        try await JobDeparture(
          handle: handle, event: .expire(jitter: .random(in: 0...1)),
          error: "the lease ran out: the worker crashed, hung or lost the database", expecting: []
        ).run(connection)
      }
      guard case .settled(let job, let batch) = result.settlement, let worker = result.worker else { continue }
      report.expired.append(.init(handle: handle, worker: worker, attempt: result.attempt, job: job))
      if job == .ready { await notify(.work, handle.batch) }
      if batch.isFinished { await notify(.batches, handle.batch) }
    }
    try await fold()
    report.workersLost = try await WorkerRegistry(pool: pool).endSilent(longerThan: silence)
    return report
  }

  /// Adds up what completions left to be counted, and ends the batches whose last jobs were completed at the same time.
  func fold(limit: Int = 200) async throws {
    let batches = try await pool.withConnection { connection in
      try await connection.query(TallySQL.batches(limit: limit)).map { try $0.int64("batch_id") }
    }
    for batch in batches {
      let isFinished = try await pool.transaction(retries: 3) { connection in
        let row = try await connection.query(BatchSQL.lock(batch)).first
        var fold = try Fold(try await connection.query(TallySQL.fold(batch)).only())
        guard var machine = try row?.batchMachine() else { return false }
        let before = machine.state
        var end = machine
        _ = end.handle(.tallied(done: fold.jobs))
        if let reopened = try await BatchEnd(batch: batch).rejectDuplicates(before, end.state, connection) {
          _ = machine.handle(.repair(done: reopened.jobs))
          fold = fold.adding(reopened.fold)
        }
        guard machine.handle(.tallied(done: fold.jobs)) == .commit || fold.images != 0 else { return false }
        try await connection.query(BatchSQL.commit(batch, machine, images: fold.images))
        guard machine.state.isFinished, !before.isFinished else { return false }
        try await connection.query(EventSQL.finished(batch, machine.state))
        return true
      }
      if isFinished { await notify(.batches, batch) }
    }
  }

  /// Wakes listeners on a best-effort basis; they also poll.
  private func notify(_ channel: FarmChannel, _ batch: Int64) async {
    await BatchStore(pool: pool).notify(channel, batch)
  }

  /// Repeats an idempotent operation once if it is unknown whether its COMMIT took effect.
  private func repeatingUnknownCommit<T: Sendable>(_ body: () async throws -> T) async throws -> T {
    do {
      return try await body()
    } catch let error as PostgresError where error.code == .commitUnknown {
      return try await body()
    }
  }
}

/// The result of ending a worker's hold on a job.
package enum Settlement: Hashable, Sendable {
  /// The resulting states of the job and the batch. A call repeated after a lost answer returns them again.
  case settled(job: JobState, batch: BatchState)
  /// The token does not hold the job. Nothing was changed.
  case stale
  /// The job is not complete: these batch indices have no image. Nothing was changed.
  case incomplete(missing: [Int])
}
