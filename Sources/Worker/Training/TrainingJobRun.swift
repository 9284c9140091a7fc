import Checkpoints
import Farm
import Files
import Logging
import Training
import Vocabulary

/// One claimed training from its claim to its hand-back.
///
/// The training runs on its own thread and keeps its state in the run's folder; only finished steps cause heartbeats.
/// ``TrainingCourse`` makes the decisions; this type carries them out.
final class TrainingJobRun: JobWork {
  let job: ClaimedTraining
  let held: HeldJob
  let course: Watched<TrainingCourse>
  let beats = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

  var services: JobServices { held.services }
  var logger: Logger { held.logger }

  init(_ job: ClaimedTraining, _ services: JobServices, logger: Logger) {
    self.job = job
    held = HeldJob(job.handle, worker: job.worker, services, logger: logger)
    course = Watched(TrainingCourse(lease: services.lease, now: .now))
  }

  /// The worker drains: it finishes and saves the current step and returns the job to the queue.
  func drain() {
    if course.withLock({ $0.stop(.drained) }) {
      logger.info("draining: saving the training")
    }
  }

  /// Trains, and keeps the state in the run's folder.
  ///
  /// Cancelling the task stops the training after the current step, without saving it.
  func run(_ registration: Registration) async throws -> JobClosing {
    let abandoned = await withTaskGroup(of: (any Error)?.self) { group in
      group.addTask { await self.sendHeartbeats(registration) }
      await withTaskCancellationHandler {
        do {
          services.blocks.start(.now)
          try await services.rendering.run { try self.train() }
        } catch is WorkStopped {
          // The course holds the reason.
        } catch {
          failed(error)
        }
      } onCancel: {
        // A cancelled task does not hand the job back.
        _ = course.withLock { $0.stop(.stale) }
      }
      beats.continuation.finish()
      return await group.reduce(nil) { $0 ?? $1 }
    }
    if let abandoned { throw abandoned }
    try Task.checkCancellation()
    return try await reported(course.value.closing)
  }

  /// Runs on the training thread.
  private func train() throws {
    let plan = try job.plan(home: services.home)
    let notice = { [logger] (text: String) in logger.notice("\(text)") }
    let onBlock = { [self] in
      blockFinished(nil)
      guard course.value.goesOn else { throw WorkStopped() }
    }
    let inputs = LocatedInputs(services.copies, notice: notice, onProgress: onBlock)
    defer { withExtendedLifetime(inputs) {} }
    let local = try inputs.locate(plan)
    // The run is that of the plan, wherever its inputs are on this machine.
    let identity = try plan.mapFiles { $0.sha256 == nil ? try $0.identified() : $0 }.identity
    let prepared = try local.prepare(on: services.compute, identity: identity, notice: notice, onBlock: onBlock)
    services.blocks.start(.now)
    var isFirst = true
    let outcome = try prepared.run.run(
      exportTo: prepared.out, shouldStop: { try isToSave() }, notice: notice,
      report: { progress in
        if isFirst {
          logger.info("training", metadata: ["from_step": "\(progress.step - 1)", "of": "\(progress.steps)"])
        }
        isFirst = false
        services.hold(.trained(step: progress.step))
        blockFinished(
          TrainingStep(
            step: progress.step, loss: progress.figures.first?.value ?? 0, stepsPerSecond: progress.stepsPerSecond))
      })
    if outcome == .finished { course.withLock { $0.finish() } }
  }

  private func blockFinished(_ progress: TrainingStep?) {
    let now = ContinuousClock.now
    services.blocks.finish(now)
    if course.withLock({ $0.blockFinished(progress, now) }) { beats.continuation.yield() }
    services.notify(.progress)
  }

  /// Called after a step, before any of it is written.
  ///
  /// - Returns: whether to save and stop.
  /// - Throws: `WorkStopped` if another worker holds the job.
  private func isToSave() throws -> Bool {
    while true {
      let (now, changes) = course.snapshot
      switch now.next(.now) {
      case .goOn: return false
      case .save: return true
      case .drop: throw WorkStopped()
      case .confirm:
        // The course changes when a heartbeat ends and when anything ends the job.
        beats.continuation.yield()
        course.wait(after: changes)
        services.blocks.start(.now)
      }
    }
  }
}
