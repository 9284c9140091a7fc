import Files
import Postgres
package import Vocabulary

/// The job queue as seen by a worker.
///
/// Every call with a ``JobHandle`` changes something only while its token holds the job. It may be repeated after a
/// lost connection: if it took effect the first time, the token shows that.
package struct JobQueue: Sendable {
  let pool: PostgresPool
  package let memory: ClaimMemory

  /// The jobs that a worker holds according to the database but does not know of.
  ///
  /// After the answer to a claim was lost with the connection, these are the jobs it claimed.
  package func held(worker: WorkerKey, except known: [Int64] = []) async throws -> [ClaimedWork] {
    try await pool.withConnection {
      try await $0.query(JobSQL.held(worker: worker, except: known)).map { try ClaimedWork($0, worker: worker.id) }
    }
  }

  /// Renews the lease. Call it after proven progress, never from a timer.
  package func heartbeat(
    _ handle: JobHandle, lease: Duration, progress: JobProgress? = nil
  ) async throws -> HeartbeatAnswer {
    try await answer(JobSQL.heartbeat(handle, lease: lease, progress))
  }

  /// Renews the lease of a training.
  package func heartbeat(
    training handle: JobHandle, lease: Duration, progress: TrainingStep? = nil
  ) async throws -> HeartbeatAnswer {
    try await answer(TrainingSQL.heartbeat(handle, lease: lease, progress))
  }

  private func answer(_ heartbeat: SQL) async throws -> HeartbeatAnswer {
    guard let row = try await pool.withConnection({ try await $0.query(heartbeat) }).first else { return .stale }
    return switch try row.state("batch_state", as: BatchState.self) {
    case .queued, .running, .done, .failed: .proceed
    case .paused: .pause
    case .cancelling, .cancelled: .cancel
    }
  }

  /// Accepts an image whose file is durable in the store, and renews the lease.
  ///
  /// - Throws: ``FarmError`` (`artifactUntrue`) if the image is not what its batch asks for: the worker is at fault.
  package func publish(_ handle: JobHandle, _ image: NewImage, lease: Duration) async throws -> PublishAnswer {
    guard let sha256 = Hex.decode(image.sha256), let rgb = Hex.decode(image.rgbSHA256) else {
      throw FarmError(.badRow, "the digest of image \(image.index) is not hexadecimal")
    }
    return try await pool.withConnection { connection in
      let statement = JobSQL.publish(handle, image, sha256: sha256, rgb: rgb, lease: lease)
      let row = try await connection.query(statement).only()
      if try row.int("added") == 1 { return .published }
      if try row.int("held") == 1 { return .alreadyPublished }
      guard try row.int("claimed") == 0 else {
        throw FarmError(
          .artifactUntrue,
          "image \(image.index) was not accepted: its seed, specification or model is not the one that batch "
            + "\(handle.batch) asks for; the worker must be restarted")
      }
      let there = try await connection.query(
        JobSQL.isPublished(handle, index: image.index, sha256: sha256)
      ).only()
      return try there.bool("published") ? .alreadyPublished : .stale
    }
  }

  /// Records an image that its batch does not accept; its file is durable in the store. Renews the lease.
  ///
  /// - Throws: as ``publish(_:_:lease:)``.
  package func reject(
    _ handle: JobHandle, _ image: NewImage, _ rejection: Rejection, lease: Duration
  ) async throws -> PublishAnswer {
    guard let sha256 = Hex.decode(image.sha256), let rgb = Hex.decode(image.rgbSHA256) else {
      throw FarmError(.badRow, "the digest of image \(image.index) is not hexadecimal")
    }
    return try await pool.withConnection { connection in
      let row = try await connection.query(
        JobSQL.reject(handle, image, rejection, sha256: sha256, rgb: rgb, lease: lease)
      ).only()
      if try row.int("added") == 1 { return .published }
      let there = try await connection.query(JobSQL.isRejected(handle, image, sha256: sha256)).only()
      if try there.bool("published") { return .alreadyPublished }
      guard try row.int("claimed") == 0 else {
        throw FarmError(
          .artifactUntrue,
          "try \(image.trial + 1) of image \(image.index) was not recorded as rejected: it is not the one that batch "
            + "\(handle.batch) comes to next; the worker must be restarted")
      }
      return .stale
    }
  }

  /// Completes a job all of whose images are published, or a training whose files are in place.
  package func complete(_ handle: JobHandle) async throws -> Settlement {
    let statement = JobSQL.complete(handle, behind: memory.place(in: handle.batch))
    if try await pool.withConnection({ try await $0.query(statement).only().int("completed") }) == 1 {
      memory.left(handle.batch)
      return .settled(job: .done, batch: .running)
    }
    // The last job, an incomplete one, a training, one that was completed before, or one that is not held.
    return try await leave(handle, .complete, error: nil, expecting: [.completed])
  }

  /// Returns a job to the queue. Its images stay, and the attempt does not count.
  package func release(_ handle: JobHandle, _ reason: ReleaseReason) async throws -> Settlement {
    try await leave(handle, .release(reason), error: reason.text, expecting: [.released, .cancelled, .completed])
  }

  /// Returns a job that the worker's host could not run. The attempt does not count and the job goes to other hosts at
  /// once; after ``JobMachine/hostsThatBlameTheJob`` different hosts it is quarantined.
  ///
  /// - Parameter mayBeTheJobs: false if the reason has nothing to do with the job, however many hosts report it.
  package func refuse(_ handle: JobHandle, reason: String, mayBeTheJobs: Bool = true) async throws -> Settlement {
    try await leave(
      handle, .hostFault(hosts: mayBeTheJobs ? 1 : 0), error: reason,
      expecting: [.released, .failed, .cancelled, .completed])
  }

  /// Reports a failure. The job is retried after a delay, or quarantined if the failure is `permanent` or the attempts
  /// are used up.
  package func fail(_ handle: JobHandle, error: String, permanent: Bool) async throws -> Settlement {
    let event = JobMachine.Event.fail(permanent: permanent, jitter: .random(in: 0...1))
    return try await leave(handle, event, error: error, expecting: [.failed])
  }
}

extension JobQueue {
  /// The leases of other workers on jobs that this one could take.
  package func leases(except worker: WorkerKey) async throws -> [JobLease] {
    try await pool.withConnection { connection in
      try await connection.query(JobSQL.leases(except: worker)).map { row in
        JobLease(
          handle: try JobHandle(row), ends: try row.double("ends"), left: .seconds(try row.double("seconds")))
      }
    }
  }
}

/// A worker's lease on a job, as another worker sees it.
package struct JobLease: Hashable, Sendable {
  package let handle: JobHandle
  /// By the database's clock, in seconds since 1970: another value than before means that the lease was renewed.
  package let ends: Double
  /// Negative once the lease has ended.
  package let left: Duration

  package init(handle: JobHandle, ends: Double, left: Duration) {
    self.handle = handle
    self.ends = ends
    self.left = left
  }
}

/// What a worker must do after a heartbeat.
package enum HeartbeatAnswer: Hashable, Sendable {
  case proceed
  /// Finish and publish the current image, then release the job.
  case pause
  /// Stop now and release the job.
  case cancel
  /// The worker no longer holds the job: abandon the work.
  case stale
}

/// The result of publishing an image.
package enum PublishAnswer: Hashable, Sendable {
  case published
  /// The index already has an image, which stays: either this one, if the call was repeated, or an earlier one.
  case alreadyPublished
  /// The token does not hold the job. Nothing was changed.
  case stale
}

/// A worker's progress on its current image.
package struct JobProgress: Hashable, Sendable {
  /// The batch index of the image.
  package let index: Int
  /// Completed denoising steps.
  package let step: Int
  /// Total denoising steps.
  package let steps: Int

  package init(index: Int, step: Int, steps: Int) {
    self.index = index
    self.step = step
    self.steps = steps
  }
}

/// A worker's progress on a training.
package struct TrainingStep: Hashable, Sendable {
  /// Completed steps.
  package let step: Int
  package let loss: Double
  package let stepsPerSecond: Double

  package init(step: Int, loss: Double, stepsPerSecond: Double) {
    self.step = step
    self.loss = loss
    self.stepsPerSecond = stepsPerSecond
  }
}
