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
/// unreachable or stopped then, the drain waits for one lease (five seconds without a job) and throws; the files of
/// finished images are durable, and the job's next attempt renders the same ones.
/// Cancelling the task stops it after the current block of work and file, without handing anything back: `run` throws
/// `CancellationError`, no thread is left behind, and the job is free when its lease has expired.
package final class FarmWorker: Service {
  private let options: WorkerOptions
  private let services: JobServices
  private let logger: Logger
  /// What the worker counts.
  package let meters: WorkerMeters
  /// Rings when there may be work, and when the worker is to stop.
  private let alarm = Alarm()
  /// Rings only when the worker is to stop or is resumed, for pauses in which it cannot take work.
  private let ending = Alarm()
  private let loop: Mutex<WorkerLoop>
  private let current = Mutex<(any JobWork)?>(nil)
  private let claimIsUnknown = Mutex(false)
  private let serverPause = Mutex(RetryPause())
  /// Why the schema does not fit this program; nil if it does.
  private let schemaNote = Mutex<String?>(nil)
  private let drainHandlers = Mutex<[@Sendable () -> Void]>([])

  /// - Parameters:
  ///   - compute: the compute context to render with; its threads are the worker's.
  ///   - renderer: renders the images of jobs in place of their models, where only the farm is measured.
  ///   - hold: called at each ``WorkPoint`` of a job, on the thread that does the work, which it may block.
  ///   - notify: called from any thread with what the worker is doing; must not block.
  /// - Throws: `FileError` if the data folder cannot be written; with a store on a volume nothing is written there.
  package init(
    _ options: WorkerOptions, database: FarmDatabase, store: ArtifactStore, compute: Compute, logger: Logger,
    renderer: (@Sendable (ClaimedJob) -> any ImageRenderer)? = nil,
    hold: @escaping @Sendable (WorkPoint) -> Void = { _ in },
    notify: @escaping @Sendable (WorkerNotice) -> Void = { _ in }
  ) throws {
    self.options = options
    self.logger = logger
    meters = WorkerMeters(version: options.version, engine: compute.kind.description)
    services = JobServices(
      database: database, store: store, storeLine: StoreLine(store, lease: options.lease, logger: logger),
      spool: store.width > 1 ? try Spool(home: options.home) : nil,
      line: ServerLine(logger: logger) { notify(.progress) },
      models: ModelCache(capacity: options.modelCache, compute: compute), classifiers: ClassifierCache(),
      copies: InputCopies(
        home: options.home, archive: InputArchive(store), limit: options.modelCacheBytes, host: options.name),
      renderer: renderer, signer: options.signer, compute: compute, home: options.home,
      engineKind: compute.kind.description,
      lease: options.lease, rendering: BlockingExecutor(label: "emofarm.render"),
      storing: BlockingExecutor(label: "emofarm.store"),
      blocks: BlockLog(lease: options.lease, logger: logger, meters: meters), warnings: RecentWarnings(),
      meters: meters,
      hold: hold, notify: notify)
    loop = Mutex(WorkerLoop(endsWhenEmpty: options.endsWhenEmpty, minimumFreeBytes: options.minimumFreeBytes))
  }

  /// Whether a worker that was to exit when no job is ready left before that, so that jobs may be left.
  package var leavesWork: Bool { loop.withLock { $0.leavesWork } }

  package func run() async throws {
    try await withGracefulShutdownHandler {
      let registration = try await Registration(
        options, compute: services.compute, database: services.database, store: services.store,
        line: services.line, logger: logger, obey: { self.obey($0) })
      logger.info(
        "worker registered",
        metadata: [
          "worker": "\(registration.worker)", "name": "\(options.name)", "engine": "\(services.engineKind)",
          "threads": "\(options.threads)",
        ])
      services.notify(.ready)
      onDrain { registration.drain() }
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await self.listen(registration) }
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

  /// Does what an operator asks. It is told again and again as long as the request stands.
  private func obey(_ request: WorkerRequest?) {
    if let request, request.kind == .drain {
      guard !loop.withLock({ $0.isDraining }) else { return }
      logger.notice("an operator asked this worker to drain", metadata: ["by": "\(request.by)"])
      return drain()
    }
    guard loop.withLock({ $0.setPause(request?.note) }) else { return }
    if request == nil { logger.notice("resumed by an operator") }
    alarm.ring()
    ending.ring()
  }

  /// Drains the worker: it finishes its current images and stops.
  private func drain() {
    logger.info("draining: no more jobs are claimed")
    services.notify(.draining)
    // Without a job there is nothing to hand back that is worth waiting for.
    let isIdle = current.withLock { $0 == nil }
    services.line.giveUp(at: .now + (isIdle ? min(options.lease, .seconds(5)) : options.lease))
    services.storeLine.giveUp(at: .now + options.lease)
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
        services.notify(.hindered(note))
        await rest(for: duration, note: note, registration)
        action = await ready()
      case .pause(let note, let isNews):
        if isNews { logger.notice("no jobs are claimed", metadata: ["reason": "\(note)"]) }
        services.notify(.hindered(note))
        await registration.heartbeat(note: note)
        await ending.sleep(for: Self.report)
        action = await ready()
      case .suspend(let fault, let duration, let isNews):
        if isNews {
          logger.error(
            "suspended: this host cannot run the farm's jobs; no more are claimed until it is repaired or `emofarm workers resume \(registration.worker)`",
            metadata: ["reason": "\(fault.reason)"])
        }
        services.notify(.hindered("suspended: \(fault.reason)"))
        await suspend(fault, for: duration, registration)
        action = await ready()
      case .sleep(let duration):
        let note = loop.withLock { $0.note }
        services.notify(note.map { .hindered($0) } ?? .status("idle"))
        await registration.heartbeat(note: note)
        await alarm.sleep(for: duration)
        action = await ready()
      case .claim:
        action = try await claim(registration)
      }
    }
  }

  /// Interval at which a worker that claims nothing reports, and hears what operators ask.
  private static let report = Duration.seconds(5)

  /// Claims nothing for a while, reporting why.
  private func rest(for duration: Duration, note: String, _ registration: Registration) async {
    let end = ContinuousClock.now + duration
    repeat {
      await registration.heartbeat(note: note)
      services.notify(.progress)
      await ending.sleep(for: min(Self.report, end - .now))
    } while ContinuousClock.now < end && !loop.withLock { $0.isDraining } && !Task.isCancelled
  }

  /// Waits until an operator resumes the worker, the worker is to stop, or it is time to look at the host again.
  private func suspend(_ fault: HostFault, for duration: Duration, _ registration: Registration) async {
    let end = ContinuousClock.now + duration
    while ContinuousClock.now < end {
      guard await registration.holdsSuspension("suspended: \(fault.reason)") else {
        logger.notice("resumed by an operator")
        loop.withLock { $0.resume() }
        return await registration.endSuspension()
      }
      services.notify(.progress)
      await ending.sleep(for: min(Self.report, end - .now))
      if loop.withLock({ $0.isDraining }) || Task.isCancelled { return }
    }
    if let problem = await services.problem(with: fault.check) {
      loop.withLock { $0.remains(HostFault(reason: problem, check: fault.check)) }
    } else {
      logger.notice("the host passes its check: claiming again", metadata: ["was": "\(fault.reason)"])
      loop.withLock { $0.resume() }
      await registration.endSuspension()
    }
  }

  private func ready() async -> WorkerLoop.Action {
    let free = await services.store.freeBytesIfKnown(home: services.home)
    var refusal = schemaNote.withLock { $0 }
    if refusal == nil { refusal = await services.store.refusal() }
    return loop.withLock { $0.ready(freeBytes: free, refusal: refusal) }
  }

  /// Claims a job and runs it.
  ///
  /// - Returns: what comes next.
  private func claim(_ registration: Registration) async throws -> WorkerLoop.Action {
    // The worker holds one job at a time, because a crash counts as an attempt of every job held.
    let mayHold = claimIsUnknown.withLock { $0 }
    let claimed: Claim?
    do {
      claimed = try await services.line.attempt { try await self.ask(registration.worker, mayHold: mayHold) }
    } catch is ServerLine.GaveUp {
      // No job is in hand; one that the server may yet assign is free when its lease has ended.
      return .leave
    } catch let error where !(error is CancellationError) {
      // A row that this program cannot read must not end the daemon: it may be the only bad one.
      claimIsUnknown.withLock { $0 = true }
      logger.error("the queue's answer cannot be used", metadata: ["error": "\(error)"])
      return loop.withLock { $0.claimFailed("the queue's answer cannot be used: \(error)") }
    }
    // The answer that was lost with the connection may have contained a job.
    claimIsUnknown.withLock { $0 = claimed == nil }
    guard let claimed else { return loop.withLock { $0.serverIsAway(pause: serverPause.withLock { $0.next() }) } }
    serverPause.withLock { $0.reset() }
    guard let job = claimed.job else {
      // A paused worker is given no job, however many there are.
      if options.endsWhenEmpty { await registration.look() }
      if loop.withLock({ $0.isPaused || $0.isDraining }) { return await ready() }
      let wait = claimed.next?.at.map { Duration.seconds($0.timeIntervalSinceNow) }
      return loop.withLock { $0.foundNothing(nextRunIn: wait, leases: claimed.leases, cap: claimed.next?.cap) }
    }
    let closing = try await perform(job, registration)
    loop.withLock { $0.finished(closing, job: job.handle.job) }
    return await ready()
  }

  /// What the queue has for this worker.
  private struct Claim: Sendable {
    var job: ClaimedWork?
    /// What it will have; nil if it has a job.
    var next: NextJob?
    /// Of other workers; only if this one is to exit when there is nothing to do.
    var leases: [JobLease] = []
  }

  private func ask(_ worker: WorkerKey, mayHold: Bool) async throws -> Claim {
    let jobs = services.database.jobs
    if mayHold, let held = try await jobs.held(worker: worker).first { return Claim(job: held) }
    let claim = { @Sendable [options] in
      try await jobs.claim(worker: worker, lease: options.lease, isThorough: options.endsWhenEmpty).first
    }
    let start = ContinuousClock.now
    if let job = try await claim() {
      meters.jobClaimed(after: .now - start)
      return Claim(job: job)
    }
    guard options.endsWhenEmpty else { return Claim(next: try await jobs.next(for: worker)) }
    // What killed workers left is taken back before this one decides that there is nothing to do.
    let report = try await jobs.sweep()
    tell(report)
    let next = try await jobs.next(for: worker)
    return Claim(next: next, leases: try await jobs.leases(except: worker))
  }

  private func perform(_ claimed: ClaimedWork, _ registration: Registration) async throws -> JobClosing {
    let run = take(claimed, registration)
    current.withLock { $0 = run }
    defer { current.withLock { $0 = nil } }
    if loop.withLock({ $0.isDraining }) { run.drain() }
    await registration.heartbeat(job: claimed.handle.job)
    let start = ContinuousClock.now
    let closing = try await run.run(registration)
    try await run.held.handBack(closing)
    meters.jobEnded(closing, after: .now - start)
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

  /// Wakes the loop when there may be work, and hears of operators' requests at once.
  private func listen(_ registration: Registration) async {
    let channels = [FarmChannel.work.rawValue, FarmChannel.workers.rawValue]
    let listener = PostgresListener(services.database.configuration, channels: channels)
    for await event in listener.events() where event != .unavailable {
      if case .notification(let notice) = event, notice.channel == FarmChannel.workers.rawValue {
        await registration.look()
      } else {
        alarm.ring()
      }
    }
  }

  /// Takes jobs from silent workers; every worker of the farm does so regularly.
  private func sweep() async {
    let database = services.database
    let retention = Retention(database: database, limits: options.retention)
    var prunes = ContinuousClock.now
    while !Task.isCancelled {
      do {
        guard try await schemaFits() else {
          try? await Task.sleep(for: min(options.lease / 4, WorkerLoop.poll))
          continue
        }
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

  /// Looks whether the schema is still the one of this program: somebody may migrate it under a running worker, which
  /// then claims nothing until it is replaced or the schema fits again.
  private func schemaFits() async throws -> Bool {
    let database = services.database
    guard let problem = try await services.line.attempt({ try await database.schemaProblem() }) else { return true }
    let note = problem.map { "\($0.message); \($0.hint ?? "")" }
    let before = schemaNote.withLock { current in
      defer { current = note }
      return current
    }
    if before != nil, note == nil { logger.notice("the database's schema fits this program again") }
    return note == nil
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
