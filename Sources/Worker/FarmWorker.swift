package import Engine
package import Farm
import Files
import Foundation
package import Logging
import Postgres
import ServiceLifecycle
import Synchronization

/// A worker: claims one job at a time, renders and publishes its images or trains, and hands it back, until told to
/// stop.
///
/// Graceful shutdown drains: the worker claims no more jobs, finishes and publishes its current images or saves the
/// training's state, returns the rest of the job without counting an attempt, and `run` returns. If the server is
/// unreachable then, the drain waits for one lease and throws; the files of finished images are durable, and the job's
/// next attempt renders the same ones.
/// Cancelling the task stops it after the current block of work and file, without handing anything back: `run` throws
/// `CancellationError`, no thread is left behind, and the job is free when its lease has expired.
package final class FarmWorker: Service {
  private let options: WorkerOptions
  private let services: JobServices
  private let logger: Logger
  /// Rings when there may be work, and when the worker is to stop.
  private let alarm = Alarm()
  /// Rings only when the worker is to stop, for pauses in which it cannot take work.
  private let ending = Alarm()
  private let loop: Mutex<WorkerLoop>
  private let current = Mutex<(any JobWork)?>(nil)
  private let claimIsUnknown = Mutex(false)
  private let serverPause = Mutex(RetryPause())
  private let drainHandlers = Mutex<[@Sendable () -> Void]>([])

  /// - Parameters:
  ///   - compute: the compute context to render with; its threads are the worker's.
  ///   - hold: called at each ``WorkPoint`` of a job, on the thread that does the work, which it may block.
  ///   - notify: called from any thread with what the worker is doing; must not block.
  package init(
    _ options: WorkerOptions, database: FarmDatabase, store: ArtifactStore, compute: Compute, logger: Logger,
    hold: @escaping @Sendable (WorkPoint) -> Void = { _ in },
    notify: @escaping @Sendable (WorkerNotice) -> Void = { _ in }
  ) {
    self.options = options
    self.logger = logger
    services = JobServices(
      database: database, store: store, line: ServerLine(logger: logger) { notify(.progress) },
      models: ModelCache(capacity: options.modelCache, compute: compute), compute: compute, home: options.home,
      engineKind: compute.kind.description,
      lease: options.lease, rendering: BlockingExecutor(label: "emofarm.render"),
      storing: BlockingExecutor(label: "emofarm.store"),
      blocks: BlockLog(lease: options.lease, logger: logger), warnings: RecentWarnings(), hold: hold, notify: notify)
    loop = Mutex(WorkerLoop(endsWhenEmpty: options.endsWhenEmpty, minimumFreeBytes: options.minimumFreeBytes))
  }

  package func run() async throws {
    try await withGracefulShutdownHandler {
      let registration = try await Registration(
        options, compute: services.compute, database: services.database, store: services.store,
        line: services.line, logger: logger)
      logger.info(
        "worker registered",
        metadata: [
          "worker": "\(registration.worker)", "name": "\(options.name)", "engine": "\(services.engineKind)",
          "threads": "\(options.threads)",
        ])
      services.notify(.ready)
      onDrain { registration.drain() }
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await self.listen() }
        group.addTask { await self.sweep() }
        // This happens before the group ends, so that neither task outlives the work.
        defer { group.cancelAll() }
        try await work(registration)
      }
      await registration.leave()
      logger.info("worker left", metadata: ["worker": "\(registration.worker)"])
    } onGracefulShutdown: {
      self.drain()
    }
  }

  /// Drains the worker: it finishes its current images and stops.
  private func drain() {
    logger.info("draining: no more jobs are claimed")
    services.notify(.draining)
    services.line.giveUp(at: .now + options.lease)
    loop.withLock { $0.drain() }
    for handler in drainHandlers.withLock({ $0 }) { handler() }
    current.withLock { $0 }?.drain()
    alarm.ring()
    ending.ring()
  }

  /// Runs a handler when the drain begins, or now if it has begun.
  private func onDrain(_ handler: @escaping @Sendable () -> Void) {
    drainHandlers.withLock { $0.append(handler) }
    if loop.withLock({ $0.isDraining }) { handler() }
  }

  private func work(_ registration: Registration) async throws {
    var action = await ready()
    while action != .leave {
      try Task.checkCancellation()
      services.notify(.progress)
      switch action {
      case .leave: return
      case .hold(let note, let duration, let isNews):
        if isNews { logger.warning("no jobs are claimed", metadata: ["reason": "\(note)"]) }
        services.notify(.status(note))
        await registration.heartbeat(note: note)
        await ending.sleep(for: duration)
        action = await ready()
      case .sleep(let duration):
        let note = loop.withLock { $0.note }
        services.notify(.status(note ?? "idle"))
        await registration.heartbeat(note: note)
        await alarm.sleep(for: duration)
        action = await ready()
      case .claim:
        action = try await claim(registration)
      }
    }
  }

  private func ready() async -> WorkerLoop.Action {
    let (free, refusal) = (await services.store.freeBytesIfKnown(), await services.store.refusal())
    return loop.withLock { $0.ready(freeBytes: free, refusal: refusal) }
  }

  /// Claims a job and runs it.
  ///
  /// - Returns: what comes next.
  private func claim(_ registration: Registration) async throws -> WorkerLoop.Action {
    let database = services.database
    // The worker holds one job at a time, because a crash counts as an attempt of every job held.
    let mayHold = claimIsUnknown.withLock { $0 }
    let claimed = try await services.line.attempt { [options, services] in
      var jobs: [ClaimedWork] = []
      if mayHold { jobs = try await database.jobs.held(worker: registration.worker) }
      if jobs.isEmpty {
        jobs = try await database.jobs.claim(
          worker: registration.worker, lease: options.lease, precisions: services.compute.precisions)
      }
      let next = jobs.isEmpty ? try await database.jobs.nextRunAt(precisions: services.compute.precisions) : nil
      return (job: jobs.first, next: next)
    }
    // The answer that was lost with the connection may have contained a job.
    claimIsUnknown.withLock { $0 = claimed == nil }
    guard let claimed else { return loop.withLock { $0.serverIsAway(pause: serverPause.withLock { $0.next() }) } }
    serverPause.withLock { $0.reset() }
    guard let job = claimed.job else {
      let wait = claimed.next.map { Duration.seconds($0.timeIntervalSinceNow) }
      return loop.withLock { $0.foundNothing(nextRunIn: wait) }
    }
    let closing = try await perform(job, registration)
    loop.withLock { $0.finished(closing) }
    return await ready()
  }

  private func perform(_ claimed: ClaimedWork, _ registration: Registration) async throws -> JobClosing {
    let run = take(claimed, registration)
    current.withLock { $0 = run }
    defer { current.withLock { $0 = nil } }
    if loop.withLock({ $0.isDraining }) { run.drain() }
    await registration.heartbeat(job: claimed.handle.job)
    let closing = try await run.run(registration)
    try await run.held.handBack(closing)
    return closing
  }

  private func take(_ claimed: ClaimedWork, _ registration: Registration) -> any JobWork {
    var logger = logger
    logger[metadataKey: "worker"] = "\(registration.worker)"
    let place = "job \(claimed.handle.job) of batch \(claimed.handle.batch)"
    switch claimed {
    case .images(let job):
      let run = ImageJobRun(job, services, logger: logger)
      run.logger.info(
        "job claimed",
        metadata: [
          "attempt": "\(job.attempt)", "images": "\(job.missing.count)", "first_index": "\(job.firstIndex)",
          "model": "\(job.model.name)",
        ])
      services.notify(.status("rendering \(place)"))
      return run
    case .training(let job):
      let run = TrainingJobRun(job, services, logger: logger)
      run.logger.info("training claimed", metadata: ["attempt": "\(job.attempt)"])
      services.notify(.status("training \(place)"))
      return run
    }
  }

  /// Wakes the loop when there may be work.
  private func listen() async {
    let listener = PostgresListener(services.database.configuration, channels: [FarmChannel.work.rawValue])
    for await _ in listener.events() { alarm.ring() }
  }

  /// Takes jobs from silent workers; every worker of the farm does so regularly.
  private func sweep() async {
    let database = services.database
    let retention = Retention(database: database, limits: options.retention)
    var prunes = ContinuousClock.now
    while !Task.isCancelled {
      do {
        let report = try await services.line.attempt { try await database.jobs.sweep() }
        if let report { tell(report) }
        if ContinuousClock.now >= prunes {
          prunes = .now + .seconds(3600) * Double.random(in: 0.75..<1.25)
          try await prune(retention)
        }
      } catch is CancellationError {
        return
      } catch {
        logger.warning("sweeping expired leases failed", metadata: ["error": "\(error)"])
      }
      try? await Task.sleep(for: options.lease / 4 * Double.random(in: 0.75..<1.25))
    }
  }

  private func prune(_ retention: Retention) async throws {
    do {
      _ = try await services.line.attempt { try await retention.run(pause: .seconds(1)) }
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      logger.warning("old rows were not removed: run emofarm prune", metadata: ["error": "\(error)"])
    }
  }

  private func tell(_ report: SweepReport) {
    for expired in report.expired {
      logger.warning(
        "a lease expired",
        metadata: [
          "batch": "\(expired.handle.batch)", "job": "\(expired.handle.job)", "token": "\(expired.handle.token)",
          "of_worker": "\(expired.worker)", "attempt": "\(expired.attempt)", "now": "\(expired.job.rawValue)",
        ])
    }
    for worker in report.workersLost {
      logger.warning("a worker stopped sending heartbeats: considered lost", metadata: ["of_worker": "\(worker)"])
    }
    if !report.expired.isEmpty { alarm.ring() }
  }
}
