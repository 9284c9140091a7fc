import EmoGen
import Farm
import Logging
import Provenance
import Synchronization

extension JobRun {
  /// Stores an image durably and makes its row, however long the server is away.
  ///
  /// Nothing of a stale job is published, but what the file holds is right: a later attempt finds the same bytes.
  func publish(_ image: FinishedImage) async throws {
    guard course.withLock({ $0.stopReason != .stale }) else { return }
    do {
      let (artifact, record) = try await services.storing.run { [services] in
        (try services.store.put(try PNGProvenance.encode(image.rendered.image, image.record)), image.record)
      }
      let row = NewImage(
        index: image.index, seed: image.rendered.seed, sha256: artifact.sha256, rgbSHA256: record.rgbSHA256,
        bytes: artifact.bytes, actualSteps: record.actualSteps, engine: record.engineKind, seconds: image.seconds)
      let answer = try await services.line.persist { [services, job] in
        try await services.database.jobs.publish(job.handle, row, lease: services.lease)
      }
      services.notify(.progress)
      logger.debug("image published", metadata: ["index": "\(image.index)", "sha256": "\(artifact.sha256)"])
      if course.withLock({ $0.imagePublished(answer) }) {
        await lostLease("an image was refused: the job is somebody else's now", ["index": "\(image.index)"])
      }
    } catch let error as ServerLine.GaveUp {
      throw error
    } catch let error as CancellationError {
      throw error
    } catch {
      await failed(error)
    }
  }

  /// Says that the work is dropped, in the log and where administrators look.
  func lostLease(_ message: String, _ detail: [String: String] = [:]) async {
    logger.warning("\(message)", metadata: detail.mapValues { "\($0)" })
    var detail = detail
    detail["token"] = "\(job.handle.token)"
    detail["reason"] = message
    let event = detail
    // The log has it already: an event that cannot be written now is not worth waiting for.
    _ = try? await services.line.attempt { [services, job] in
      try await services.database.events.append(
        .warning, "job.stale", batch: job.handle.batch, job: job.handle.job, worker: job.worker,
        detail: event)
    }
  }
}
