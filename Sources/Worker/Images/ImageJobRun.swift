import EmoGen
import Farm
import Files
import Logging
import Provenance
import Signing
import Vocabulary

/// One claimed job of images from its claim to its hand-back.
///
/// Four activities run concurrently: the render on its own thread; storing finished images, which makes them durable
/// even while the server is unreachable; their publication; and the heartbeats, which only finished blocks of the
/// render cause. ``ImageCourse`` makes the decisions; this type carries them out.
final class ImageJobRun: JobWork {
  let job: ClaimedJob
  let held: HeldJob
  let course: Watched<ImageCourse>
  let beats = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
  let images = AsyncStream.makeStream(of: FinishedImage.self)
  let rows = AsyncStream.makeStream(of: NewImage.self)

  init(_ job: ClaimedJob, _ services: JobServices, logger: Logger) {
    self.job = job
    held = HeldJob(job.handle, worker: job.worker, services, logger: logger)
    course = Watched(
      ImageCourse(
        count: job.missing.count, lease: services.lease, spoolLimit: Spool.limit, acceptance: job.acceptance,
        exhausted: job.exhausted, now: .now))
  }

  var services: JobServices { held.services }
  var logger: Logger { held.logger }

  /// The worker drains: it finishes its current images and returns the rest to the queue.
  func drain() {
    if course.withLock({ $0.stop(.drained) }) {
      logger.info("draining: finishing the current images")
    }
  }

  /// Renders what is missing and publishes it.
  ///
  /// Cancelling the task stops the render at the next block; no more images are handed over, but the file that is
  /// being written is completed.
  /// - Returns: how the job is to be handed back.
  /// - Throws: `ServerLine.GaveUp` and `CancellationError`; any other error is the job's failure.
  func run(_ registration: Registration) async throws -> JobClosing {
    guard !job.missing.isEmpty else { return course.value.closing }
    let abandoned = await withTaskGroup(of: (any Error)?.self) { group in
      group.addTask {
        await self.sendHeartbeats(registration)
        return nil
      }
      group.addTask {
        await self.storeImages(registration)
        return nil
      }
      group.addTask { await self.publishImages() }
      await withTaskCancellationHandler {
        do {
          services.blocks.start(.now)
          try await services.rendering.run { try self.render() }
        } catch is WorkStopped {
          // The course holds the reason.
        } catch {
          await failed(error)
        }
      } onCancel: {
        // A cancelled task does not hand the job back, and its images are no longer stored.
        _ = course.withLock { $0.stop(.stale) }
      }
      images.continuation.finish()
      return await group.reduce(nil) { $0 ?? $1 }
    }
    if let abandoned { throw abandoned }
    try Task.checkCancellation()
    return course.value.closing
  }

  /// Runs on the rendering thread.
  private func render() throws {
    if job.settings.sign { try MarkedImage.check(services.signer) }
    let pipeline = try loadModel()
    // Images record the request as it was made, wherever its files are on this machine.
    let asked = RenderRequest(subject: job.subject, settings: job.settings, seeds: job.missing.map(job.seed(of:)))
    let files = inputs()
    defer { withExtendedLifetime(files) {} }
    var request = asked
    request.settings.additions = pipeline.additions
    request.settings.source = try job.settings.source.map { try files.locate($0) }
    do {
      try pipeline.check(request)
      for warning in try pipeline.warnings(for: request) { services.warnings.log(warning, by: logger) }
    } catch {
      throw ImpossibleJob(reason: "\(error)")
    }
    try pipeline.render(
      request, onProgress: { try blockFinished($0) },
      onImage: { try imageFinished($0, asked, pipeline.model) })
  }

  func blockFinished(_ progress: RenderProgress?) throws {
    if let progress, case .step(let call, _) = progress.block {
      services.hold(.step(image: job.missing[progress.images.lowerBound], call: call))
    }
    let now = ContinuousClock.now
    services.blocks.finish(now)
    let step = course.withLock { $0.blockFinished(progress, now) }
    if step.beats { beats.continuation.yield() }
    services.notify(.progress)
    if !step.goesOn { throw WorkStopped() }
  }

  private func imageFinished(_ rendered: RenderedImage, _ request: RenderRequest, _ model: ModelDescription) throws {
    let index = job.missing[rendered.position]
    services.hold(.rendered(image: index))
    let seconds = course.withLock { $0.imageFinished(rendered.position, .now) }
    let record = ProvenanceRecord(of: rendered, request: request, model: model, name: job.model.name)
    let measurement = try measure(rendered.image)
    let rejection = try judge(rendered.image, measurement)
    guard course.wait(until: { $0.handOver() }) else { throw WorkStopped() }
    images.continuation.yield(
      FinishedImage(
        index: index, rendered: rendered, record: record, seconds: seconds, measurement: measurement,
        rejection: rejection))
    services.blocks.start(.now)
    guard course.value.goesOn else { throw WorkStopped() }
  }
}

/// An image on its way from the rendering thread to the queue.
struct FinishedImage: Sendable {
  /// The batch index.
  let index: Int
  let rendered: RenderedImage
  let record: ProvenanceRecord
  /// Its share of the rendering time of its pass.
  let seconds: Double
  let measurement: ImageMeasurement?
  /// Why its batch does not accept it; nil if it may.
  let rejection: Rejection?

  /// What a row records of it beside its file.
  struct Origin: Sendable {
    let index: Int
    let seed: UInt64
    let record: ProvenanceRecord
    let seconds: Double
    let measurement: ImageMeasurement?
    /// The storing may find a reason, too.
    var rejection: Rejection?

    init(_ image: FinishedImage) {
      index = image.index
      seed = image.rendered.seed
      record = image.record
      seconds = image.seconds
      measurement = image.measurement
      rejection = image.rejection
    }
  }
}
