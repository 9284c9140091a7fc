import EmoGen
import Farm
import Files
import Logging
import Provenance

extension ImageJobRun {
  /// Stores the images that the render hands over, until the render has ended.
  ///
  /// Images of a stale job are not stored: another worker renders the job again.
  func storeImages(_ registration: Registration) async {
    defer { rows.continuation.finish() }
    for await image in images.stream {
      defer { course.withLock { $0.tookOver() } }
      guard course.value.stopReason != .stale else { continue }
      do {
        let artifact = try await store(image, registration)
        rows.continuation.yield(
          NewImage(
            index: image.index, seed: image.rendered.seed, specSHA256: job.specSHA256,
            modelDigest: image.record.model.digest, sha256: artifact.sha256, rgbSHA256: image.record.rgbSHA256,
            bytes: artifact.bytes, actualSteps: image.record.actualSteps, engine: image.record.engineKind,
            seconds: image.seconds))
      } catch {
        await failed(error)
      }
    }
  }

  /// Stores an image durably.
  ///
  /// A full store is waited out with the images in hand: each answer of the store renews the lease, as each step of
  /// storing does, so that a slow or full store costs no attempt and nothing is rendered twice.
  private func store(_ image: FinishedImage, _ registration: Registration) async throws -> Artifact {
    let bytes = try await services.storing.run { [services] in
      services.hold(.storing(image: image.index))
      return try PNGProvenance.encode(image.rendered.image, image.record)
    }
    var pause = RetryPause(first: .milliseconds(500), longest: min(.seconds(5), services.lease / 10))
    var isWaiting = false
    while true {
      do {
        let artifact = try await services.storing.run { [services] in
          try services.store.put(bytes, onStep: { self.storeProgressed() })
        }
        if isWaiting {
          registration.say(nil)
          logger.notice("the store takes files again")
        }
        return artifact
      } catch let error as FarmError where Fault(error, of: .images) == .farm && course.value.stopReason == nil {
        if !isWaiting {
          logger.warning("waiting for the store", metadata: ["error": "\(error)"])
          registration.say("waiting: \(error.message)")
          await registration.heartbeat(job: job.handle.job)
        }
        isWaiting = true
        storeProgressed()
        try await Task.sleep(for: pause.next())
      }
    }
  }

  /// The store answered: that is progress as a finished block is.
  private func storeProgressed() {
    if course.withLock({ $0.blockFinished(nil, .now).beats }) { beats.continuation.yield() }
    services.notify(.progress)
  }

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
