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
          try await services.database.jobs.publish(job.handle, row, lease: services.lease)
        }
        services.notify(.progress)
        services.meters.imageEnded(answer == .stale ? .refused : .published, of: job.subject, seconds: row.seconds)
        logger.debug("image published", metadata: ["index": "\(row.index)", "sha256": "\(row.sha256)"])
        if course.withLock({ $0.imagePublished(answer) }) {
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
