import Farm
import Logging

extension TrainingJobRun {
  /// Sends a heartbeat whenever the course requests one after progress, and acts on the answers.
  ///
  /// - Returns: why the job was given up without an answer, if it was.
  func sendHeartbeats(_ registration: Registration) async -> (any Error)? {
    for await _ in beats.stream {
      let sent = ContinuousClock.now
      let now = course.value
      let (progress, isUnconfirmed) = (now.latest, now.isUnconfirmed(sent))
      do {
        if let answer = try await send(progress, isUnconfirmed: isUnconfirmed) {
          await act(on: answer, sent: sent)
        } else {
          course.withLock { $0.heartbeatLost(.now) }
        }
      } catch let error where error is ServerLine.GaveUp || error is CancellationError {
        _ = course.withLock { $0.stop(.stale) }
        return error
      } catch {
        course.withLock { $0.heartbeatLost(.now) }
        logger.warning("a heartbeat failed", metadata: ["error": "\(error)"])
      }
      await registration.heartbeatIfDue(job: job.handle.job)
    }
    return nil
  }

  /// Notes the last step in the queue before the job is handed back.
  ///
  /// - Returns: how the job is to be handed back after that.
  func reported(_ closing: JobClosing) async throws -> JobClosing {
    let progress = course.value.latest
    guard closing != .drop, progress != nil else { return closing }
    let sent = ContinuousClock.now
    if let answer = try await send(progress, isUnconfirmed: true) { await act(on: answer, sent: sent) }
    return course.value.closing
  }

  /// - Parameter isUnconfirmed: whether to wait for an unreachable server.
  private func send(_ progress: TrainingStep?, isUnconfirmed: Bool) async throws -> HeartbeatAnswer? {
    let beat = { @Sendable [services, job] in
      try await services.database.jobs.heartbeat(training: job.handle, lease: services.lease, progress: progress)
    }
    return isUnconfirmed ? try await services.line.persist(beat) : try await services.line.attempt(beat)
  }

  private func act(on answer: HeartbeatAnswer, sent: ContinuousClock.Instant) async {
    guard course.withLock({ $0.heartbeatAnswered(answer, sent: sent, .now) }) else { return }
    switch answer {
    case .proceed: break
    case .pause: logger.info("the batch is paused: saving the training")
    case .cancel: logger.info("the batch is cancelled: saving the training")
    case .stale: await held.lostLease("the lease was lost: dropping the work")
    }
  }
}
