import Dispatch
import EmoGen
import Farm
import Logging
import Provenance
import Synchronization
import Vocabulary

/// One claimed job from its claim to its hand-back.
///
/// Four things run at once: the render on its thread; the storing of finished images, which makes them durable whether
/// or not there is a server; their publication; and the heartbeats, which follow blocks that the render has finished
/// and nothing else. ``JobCourse`` decides; this does.
final class JobRun: JobWork {
  /// Finished images that may wait to be stored; the render waits when there are more.
  private static let imagesInFlight = 8

  let job: ClaimedJob
  let held: HeldJob
  let course: Mutex<JobCourse>
  let beats = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
  let images = AsyncStream.makeStream(of: FinishedImage.self)
  let rows = AsyncStream.makeStream(of: NewImage.self)
  let slots = DispatchSemaphore(value: 0)

  init(_ job: ClaimedJob, _ services: JobServices, logger: Logger) {
    self.job = job
    held = HeldJob(job.handle, worker: job.worker, services, logger: logger)
    course = Mutex(JobCourse(count: job.missing.count, lease: services.lease, now: .now))
    // Counted up from nothing, because a semaphore must not end below the value it began with.
    for _ in 0..<Self.imagesInFlight { slots.signal() }
  }

  var services: JobServices { held.services }
  var logger: Logger { held.logger }

  /// The worker drains: the images in hand are finished, the rest goes back.
  func drain() {
    if course.withLock({ $0.stop(.drained) }) {
      logger.info("finishing the images in hand before the end")
    }
  }

  /// Renders what is missing and publishes it.
  ///
  /// - Returns: how the job is to be handed back.
  /// - Throws: `ServerLine.GaveUp` and `CancellationError`; everything else is the job's failure.
  func run(_ registration: Registration) async throws -> JobClosing {
    guard !job.missing.isEmpty else { return .complete }
    let abandoned = await withTaskGroup(of: (any Error)?.self) { group in
      group.addTask {
        await self.sendHeartbeats(registration)
        return nil
      }
      group.addTask {
        await self.storeImages()
        return nil
      }
      group.addTask { await self.publishImages() }
      do {
        services.blocks.start(.now)
        try await services.rendering.run { try self.render() }
      } catch is WorkStopped {
        // The course knows why.
      } catch {
        await failed(error)
      }
      images.continuation.finish()
      return await group.reduce(nil) { $0 ?? $1 }
    }
    if let abandoned { throw abandoned }
    return course.withLock { $0.closing }
  }

  /// On the rendering thread.
  private func render() throws {
    let pipeline = try services.models.pipeline(for: job.model) {
      services.notify(.busy)
      try blockFinished(nil)
    }
    let request = RenderRequest(
      subject: job.subject, settings: job.settings, seeds: job.missing.map(job.seed(of:)))
    do {
      try pipeline.check(request)
    } catch {
      throw ImpossibleJob(reason: "\(error)")
    }
    try pipeline.render(
      request, onProgress: { try blockFinished($0) },
      onImage: { try imageFinished($0, request, pipeline.model) })
  }

  private func blockFinished(_ progress: RenderProgress?) throws {
    let now = ContinuousClock.now
    services.blocks.finish(now)
    let step = course.withLock { $0.blockFinished(progress, now) }
    if step.beats { beats.continuation.yield() }
    services.notify(.progress)
    if !step.goesOn { throw WorkStopped() }
  }

  private func imageFinished(_ rendered: RenderedImage, _ request: RenderRequest, _ model: ModelDescription) throws {
    let seconds = course.withLock { $0.imageFinished(rendered.position, .now) }
    let record = ProvenanceRecord(of: rendered, request: request, model: model, name: job.model.name)
    slots.wait()
    images.continuation.yield(
      FinishedImage(index: job.missing[rendered.position], rendered: rendered, record: record, seconds: seconds))
    services.blocks.start(.now)
    guard course.withLock({ $0.goesOn }) else { throw WorkStopped() }
  }
}
