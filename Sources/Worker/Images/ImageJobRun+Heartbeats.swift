import Farm
import Logging

extension ImageJobRun {
  /// Sends a heartbeat whenever the course requests one after progress, and acts on the answers.
  func sendHeartbeats(_ registration: Registration) async {
    for await _ in beats.stream {
      let progress = course.value.latest.map {
        JobProgress(index: job.missing[$0.position], step: $0.step, steps: $0.steps)
      }
      do {
        let answer = try await services.line.attempt { [services, job] in
          try await services.database.jobs.heartbeat(job.handle, lease: services.lease, progress: progress)
        }
        guard let answer else {
          course.withLock { $0.heartbeatLost(.now) }
          continue
        }
        await act(on: answer)
      } catch {
        course.withLock { $0.heartbeatLost(.now) }
        logger.warning("a heartbeat failed", metadata: ["error": "\(error)"])
      }
      await registration.heartbeatIfDue(job: job.handle.job, note: services.storeLine.note)
    }
  }

  private func act(on answer: HeartbeatAnswer) async {
    guard course.withLock({ $0.heartbeatAnswered(answer, .now) }) else { return }
    switch answer {
    case .proceed: break
    case .pause: logger.info("the batch is paused: finishing the current images")
    case .cancel: logger.info("the batch is cancelled: stopping")
    case .stale: await held.lostLease("the lease was lost: dropping the work")
    }
  }
}
