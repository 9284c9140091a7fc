import Farm
import Files
import Logging

extension ImageJobRun {
  /// Inserts the rows of stored images, however long the server is unreachable.
  ///
  /// - Returns: why the rest was given up, if it was: the drain or the task's cancellation did not wait for the server.
  func publishImages() async -> (any Error)? {
    // The answer to the last publication may still change the course.
    defer { beats.continuation.finish() }
    for await row in rows.stream {
      guard course.value.stopReason != .stale else { continue }
      do {
        let answer = try await services.line.persist { [services, job] in
          let jobs = services.database.jobs
          return if let rejection = row.rejection {
            try await jobs.reject(job.handle, row, rejection, lease: services.lease)
          } else {
            try await jobs.publish(job.handle, row, lease: services.lease)
          }
        }
        services.notify(.progress)
        services.meters.imageEnded(
          answer == .stale ? .refused : row.rejection == nil ? .published : .rejected, of: job.subject,
          seconds: row.seconds)
        logger.debug(
          row.rejection == nil ? "image published" : "image rejected",
          metadata: ["index": "\(row.index)", "sha256": "\(row.sha256)"])
        let isNews = course.withLock {
          row.rejection == nil
            ? $0.imagePublished(answer) : $0.imageRejected(answer, index: row.index, trial: row.trial)
        }
        if isNews {
          await held.lostLease("an image was refused: another worker holds the job", ["index": "\(row.index)"])
        }
      } catch let error where error is ServerLine.GaveUp || error is CancellationError {
        _ = course.withLock { $0.stop(.waiting("the worker ended")) }
        return error
      } catch {
        await failed(error)
      }
    }
    return nil
  }
}
