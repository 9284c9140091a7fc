import EmoGen
import Farm
import Files
import Logging
import Provenance
import Signing
import Vocabulary

extension ImageJobRun {
  /// Stores the images that the render hands over, until the render has ended.
  ///
  /// Images of a stale job are not stored: another worker renders the job again.
  func storeImages(_ registration: Registration) async {
    defer { rows.continuation.finish() }
    guard let spool = services.spool else {
      for await image in images.stream {
        defer { course.withLock { $0.tookOver() } }
        guard course.value.stopReason != .stale else { continue }
        do {
          let (artifact, rejection) = try await store(image, registration)
          var origin = FinishedImage.Origin(image)
          origin.rejection = rejection
          rows.continuation.yield(row(origin, artifact))
        } catch {
          await failed(error)
        }
      }
      return
    }
    let (spooled, continuation) = AsyncStream.makeStream(of: SpooledImage.self)
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.send(spooled) }
      for await image in images.stream {
        let file = await self.spool(image, in: spool)
        course.withLock { $0.tookOver(spooling: file?.file.bytes ?? 0) }
        guard let file else { continue }
        services.storeLine.count(1)
        continuation.yield(file)
      }
      continuation.finish()
    }
  }

  /// Stores an image durably.
  ///
  /// A full store is waited out with the images in hand: each answer of the store renews the lease, as each step of
  /// storing does, so that a slow or full store costs no attempt and nothing is rendered twice.
  /// - Returns: its file, and why its batch does not accept it.
  private func store(
    _ image: FinishedImage, _ registration: Registration
  ) async throws -> (Artifact, Rejection?) {
    let (bytes, rejection) = try await services.storing.run { [services] in
      services.hold(.storing(image: image.index))
      let bytes = try MarkedImage.encode(image.rendered.image, image.record, signer: services.signer)
      return (bytes, self.judge(bytes, of: image))
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
        return (artifact, rejection)
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

  /// Encodes an image and keeps it on this machine until it is sent.
  private func spool(_ image: FinishedImage, in spool: Spool) async -> SpooledImage? {
    guard course.value.stopReason != .stale else { return nil }
    do {
      return try await services.storing.run { [services] in
        services.hold(.storing(image: image.index))
        let bytes = try MarkedImage.encode(image.rendered.image, image.record, signer: services.signer)
        var origin = FinishedImage.Origin(image)
        origin.rejection = self.judge(bytes, of: image)
        do throws(FileError) {
          return SpooledImage(image: origin, file: try spool.add(bytes))
        } catch {
          throw FarmError(error)
        }
      }
    } catch {
      await failed(error)
      return nil
    }
  }

  /// Sends spooled images, several at the same time.
  private func send(_ images: AsyncStream<SpooledImage>) async {
    await withTaskGroup(of: Void.self) { group in
      var running = 0
      for await image in images {
        if running >= services.store.width {
          await group.next()
          running -= 1
        }
        running += 1
        group.addTask {
          await self.send(image)
          image.file.remove()
          self.services.storeLine.count(-1)
          self.course.withLock { $0.sent(image.file.bytes) }
        }
      }
    }
  }

  private func send(_ image: SpooledImage) async {
    guard course.value.stopReason != .stale else { return }
    do {
      let artifact = try await services.storeLine.put(image.file) {
        // The lease stays with the finished image.
        self.storeProgressed()
        switch self.course.value.stopReason {
        case nil, .paused, .drained: return true
        default: return false
        }
      }
      rows.continuation.yield(row(image.image, artifact))
    } catch {
      await failed(error)
    }
  }

  private func row(_ image: FinishedImage.Origin, _ artifact: Artifact) -> NewImage {
    NewImage(
      index: image.index, seed: image.seed, specSHA256: job.specSHA256, modelDigest: image.record.model.digest,
      sha256: artifact.sha256, rgbSHA256: image.record.rgbSHA256, bytes: artifact.bytes,
      actualSteps: image.record.actualSteps, engine: image.record.engineKind, seconds: image.seconds,
      measurement: image.measurement, trial: job.trial(of: image.index), rejection: image.rejection)
  }
}

/// An image on its way from this machine to the store.
private struct SpooledImage: Sendable {
  let image: FinishedImage.Origin
  let file: SpooledFile
}
