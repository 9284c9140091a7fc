import Farm
import Logging

/// A claimed job as the queue knows it: how any kind of job is handed back or lost.
struct HeldJob: Sendable {
  let handle: JobHandle
  let worker: Int64
  let services: JobServices
  /// Names batch, job and token.
  let logger: Logger

  init(_ handle: JobHandle, worker: Int64, _ services: JobServices, logger: Logger) {
    self.handle = handle
    self.worker = worker
    self.services = services
    var logger = logger
    logger[metadataKey: "batch"] = "\(handle.batch)"
    logger[metadataKey: "job"] = "\(handle.job)"
    logger[metadataKey: "token"] = "\(handle.token)"
    self.logger = logger
  }

  /// Reports in the log and in the events that the work is dropped.
  func lostLease(_ message: String, _ detail: [String: String] = [:]) async {
    services.meters.leaseLost()
    logger.warning("\(message)", metadata: detail.mapValues { "\($0)" })
    var detail = detail
    detail["token"] = "\(handle.token)"
    detail["reason"] = message
    let event = detail
    // The log contains it already, so the worker does not wait to write the event.
    _ = try? await services.line.attempt { [services, handle, worker] in
      try await services.database.events.append(
        .warning, "job.stale", batch: handle.batch, job: handle.job, worker: worker,
        detail: event)
    }
  }

  /// Hands the job back as its course decided, however long the server is unreachable.
  ///
  /// Each statement carries (job, token) and gives the same answer when repeated, so a lost answer does no harm.
  /// - Throws: `ServerLine.GaveUp` and `CancellationError`. If the server refuses, the error is logged and the lease
  ///   expires.
  func handBack(_ closing: JobClosing) async throws {
    do {
      switch try await settle(closing) {
      case nil: break
      case .settled(let job, let batch):
        say(closing, "\(job.rawValue)", "\(batch.rawValue)")
      case .stale:
        await lostLease("another worker held the job when it was handed back")
      case .incomplete(let missing):
        let error = "all images were published, but the queue lacks \(missing.map(String.init).joined(separator: ", "))"
        try await handBack(.fail(error, permanent: false))
      }
    } catch let error as ServerLine.GaveUp {
      throw error
    } catch let error as CancellationError {
      throw error
    } catch {
      logger.error("the job could not be handed back: its lease will expire", metadata: ["error": "\(error)"])
    }
  }

  private func settle(_ closing: JobClosing) async throws -> Settlement? {
    let jobs = services.database.jobs
    switch closing {
    case .drop: return nil
    case .complete: return try await services.line.persist { try await jobs.complete(handle) }
    case .release(let reason): return try await services.line.persist { try await jobs.release(handle, reason) }
    case .refuse(let fault):
      return try await services.line.persist {
        try await jobs.refuse(handle, reason: fault.reason, mayBeTheJobs: fault.check.mayBeTheJobs)
      }
    case .fail(let error, let permanent):
      return try await services.line.persist { try await jobs.fail(handle, error: error, permanent: permanent) }
    }
  }

  private func say(_ closing: JobClosing, _ state: String, _ batch: String) {
    let metadata: Logger.Metadata = ["state": "\(state)", "batch_state": "\(batch)"]
    switch closing {
    case .drop: break
    case .complete: logger.info("job complete", metadata: metadata)
    case .release(let reason):
      logger.info("job released", metadata: metadata.merging(["reason": "\(reason.text)"]) { $1 })
    case .refuse(let fault):
      logger.error(
        "job returned: this host cannot run it", metadata: metadata.merging(["reason": "\(fault.reason)"]) { $1 })
    case .fail(let error, let permanent):
      logger.error(
        "job failed", metadata: metadata.merging(["error": "\(error)", "permanent": "\(permanent)"]) { $1 })
    }
  }
}
