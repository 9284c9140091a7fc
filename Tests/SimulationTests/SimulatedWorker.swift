import EmoGen
import Farm
import Worker

/// A worker's process: the real `WorkerLoop` and `ImageCourse`, with what `FarmWorker` and `ImageJobRun` do between them.
///
/// Pauses have lengths of the simulation's own, because the real ones are drawn at random.
final class SimulatedWorker {
  /// A job in hand.
  private final class Run {
    let job: ClaimedImages
    var course: ImageCourse
    var waiting: [QueueModel.Image] = []
    var storing = 0
    var publishing = 0
    var hasRendered = false
    var isMixedUp = false

    init(_ job: ClaimedImages, _ now: ContinuousClock.Instant) {
      self.job = job
      course = ImageCourse(count: job.missing.count, lease: .milliseconds(Simulation.lease), now: now)
    }
  }

  private static let start = ContinuousClock.now
  private static let steps = 3
  private static let passSize = 2

  let number: Int
  var hostIsBad = false
  var mixesUp = false
  private unowned let world: Simulation
  private let host: String
  private var loop = WorkerLoop(endsWhenEmpty: false, minimumFreeBytes: 0)
  /// Raised by a kill: what the dead process had begun does not go on here.
  private var life = 0
  private(set) var isRunning = false
  private var stoppedUntil = 0
  private var key: WorkerKey?
  private var claimIsUnknown = false

  init(_ world: Simulation, host: String, number: Int) {
    self.world = world
    self.host = host
    self.number = number
  }

  func start() {
    guard !isRunning else { return }
    isRunning = true
    loop = WorkerLoop(endsWhenEmpty: false, minimumFreeBytes: 0)
    claimIsUnknown = false
    enroll { [self] in ready() }
  }

  func kill() {
    life += 1
    isRunning = false
  }

  /// SIGSTOP, and SIGCONT after a while.
  func stop(for time: Int) { stoppedUntil = max(stoppedUntil, world.now + time) }

  private var instant: ContinuousClock.Instant { Self.start + .milliseconds(world.now) }

  /// Goes on in this process after a while, later if the process is stopped, and never if it is killed.
  private func after(_ delay: Int, _ run: @escaping () -> Void) {
    let life = life
    world.after(delay) { [self] in resume(life, run) }
  }

  private func resume(_ life: Int, _ run: @escaping () -> Void) {
    guard life == self.life else { return }
    guard world.now >= stoppedUntil else {
      return world.after(stoppedUntil - world.now) { [self] in resume(life, run) }
    }
    run()
  }

  private func request<T>(_ body: @escaping () -> T, _ answer: @escaping (T?) -> Void) {
    let life = life
    world.request(body) { [self] result in resume(life) { answer(result) } }
  }

  /// As `ServerLine.persist`: again until there is an answer.
  private func persist<T>(_ body: @escaping () -> T, _ answer: @escaping (T) -> Void) {
    request(body) { [self] result in
      if let result { return answer(result) }
      after(100 + world.random.below(1500)) { [self] in persist(body, answer) }
    }
  }

  // MARK: Between jobs

  private func enroll(_ then: @escaping () -> Void) {
    persist({ [world, host] in world.register(host) }) { [self] key in
      self.key = key
      then()
    }
  }

  /// Tells the registry that the worker is alive, and registers again if it is not known.
  private func report(_ then: @escaping () -> Void) {
    guard let key else { return then() }
    request({ [world] in world.heartbeat(key, draining: false) }) { [self] isKnown in
      guard isKnown == false else { return then() }
      world.count("registered again")
      enroll(then)
    }
  }

  private func ready() { take(loop.ready(freeBytes: 1 << 40, refusal: nil)) }

  private func take(_ action: WorkerLoop.Action) {
    switch action {
    case .claim: claim()
    case .leave: world.violated("a worker left although nobody told it to")
    case .hold, .pause, .sleep:
      report { [self] in after(200 + world.random.below(2000)) { [self] in ready() } }
    case .suspend(let fault, _, _):
      world.count("suspensions")
      report { [self] in
        after(1000 + world.random.below(4000)) { [self] in
          let remains = fault.check == .store ? world.storeRefuses : hostIsBad
          if remains { loop.remains(fault) } else { loop.resume() }
          ready()
        }
      }
    }
  }

  private func claim() {
    guard let key else { return }
    let mayHold = claimIsUnknown
    request({ [world] in
      if mayHold, let held = world.held(key) { return Optional(held) as ClaimedImages?? }
      return .some(world.claim(key))
    }) { [self] answer in
      claimIsUnknown = answer == nil
      guard let answer else { return take(loop.serverIsAway(pause: .seconds(1))) }
      // The clock of this machine may be wrong.
      let due = Duration.seconds(world.random.below(20_000) - 10_000)
      guard let job = answer.flatMap({ $0 }) else { return take(loop.foundNothing(nextRunIn: due)) }
      perform(job)
    }
  }

  // MARK: A job

  private func perform(_ job: ClaimedImages) {
    let run = Run(job, instant)
    run.isMixedUp = mixesUp
    guard !job.missing.isEmpty else { return handBack(run, .complete) }
    if hostIsBad {
      _ = run.course.stop(.hostFault(HostFault(reason: "bad host", check: .nextJob)))
      return ended(run)
    }
    report { [self] in render(run, from: 0, call: 1) }
  }

  private func render(_ run: Run, from position: Int, call: Int) {
    after(100 + world.random.below(700)) { [self] in
      let images = position..<min(position + Self.passSize, run.job.missing.count)
      let progress = RenderProgress(block: .step(call: call, calls: Self.steps), images: images)
      let step = run.course.blockFinished(progress, instant)
      if step.beats { beat(run) }
      guard step.goesOn else { return ended(run) }
      if call < Self.steps {
        render(run, from: position, call: call + 1)
      } else {
        decode(run, images.lowerBound, images)
      }
    }
  }

  private func decode(_ run: Run, _ position: Int, _ pass: Range<Int>) {
    after(20 + world.random.below(200)) { [self] in
      _ = run.course.imageFinished(position, instant)
      handOver(run, position, pass)
    }
  }

  private func handOver(_ run: Run, _ position: Int, _ pass: Range<Int>) {
    guard let takes = run.course.handOver() else {
      return after(100) { [self] in handOver(run, position, pass) }
    }
    guard takes else { return ended(run) }
    let index = run.job.missing[position]
    // A worker at fault takes the data of another job for this one's.
    let (seed, specification) =
      run.isMixedUp ? (run.job.seed &+ 1, run.job.specification) : (run.job.seed, run.job.specification)
    let image = QueueModel.Image(
      index: index, seed: (seed + UInt64(index)) % (1 << 63), specification: specification)
    run.storing += 1
    if world.planted == .rowBeforeFile { publish(run, image) }
    store(run, image)
    guard run.course.goesOn else { return ended(run) }
    if position + 1 < pass.upperBound {
      decode(run, position + 1, pass)
    } else if position + 1 < run.job.missing.count {
      render(run, from: position + 1, call: 1)
    } else {
      ended(run)
    }
  }

  private func store(_ run: Run, _ image: QueueModel.Image) {
    let life = life
    if world.storeRefuses {
      _ = run.course.stop(.hostFault(HostFault(reason: "an unknown certificate", check: .store)))
      run.course.tookOver()
      run.storing -= 1
      return settle(run)
    }
    world.put(image.file) { [self] isStored in
      resume(life) { [self] in
        if isStored {
          run.course.tookOver()
          if world.planted != .rowBeforeFile { publish(run, image) }
          run.storing -= 1
          return settle(run)
        }
        // An answer of the store is progress.
        if run.course.blockFinished(nil, instant).beats { beat(run) }
        guard run.course.stopReason == nil || run.course.stopReason?.finishesPass == true else {
          run.course.tookOver()
          run.storing -= 1
          return settle(run)
        }
        after(500) { [self] in store(run, image) }
      }
    }
  }

  private func publish(_ run: Run, _ image: QueueModel.Image) {
    run.publishing += 1
    persist({ [world] in world.publish(run.job, image) }) { [self] answer in
      switch answer {
      case .answer(let answer): _ = run.course.imagePublished(answer)
      // `Fault` counts it as the job's.
      case .untrue: _ = run.course.stop(.failed("untrue", permanent: false))
      }
      run.publishing -= 1
      settle(run)
    }
  }

  private func beat(_ run: Run) {
    request({ [world] in world.renew(run.job) }) { [self] answer in
      guard let answer else { return run.course.heartbeatLost(instant) }
      _ = run.course.heartbeatAnswered(answer, instant)
    }
  }

  private func ended(_ run: Run) {
    run.hasRendered = true
    settle(run)
  }

  /// Once the render has ended and its images are stored and published, the job is handed back.
  private func settle(_ run: Run) {
    guard run.hasRendered, run.storing == 0, run.publishing == 0 else { return }
    run.hasRendered = false
    handBack(run, run.course.closing)
  }

  private func handBack(_ run: Run, _ closing: JobClosing) {
    let event: JobMachine.Event
    let expecting: [AttemptOutcome]
    switch closing {
    case .drop: return finished(run, closing)
    case .complete: (event, expecting) = (.complete, [.completed])
    case .release(let reason): (event, expecting) = (.release(reason), [.released, .cancelled, .completed])
    case .refuse(let fault):
      let hosts = fault.check.mayBeTheJobs ? 1 : 0
      (event, expecting) = (.hostFault(hosts: hosts), [.released, .failed, .cancelled, .completed])
    case .fail(_, let permanent):
      (event, expecting) = (.fail(permanent: permanent, jitter: world.random.unit()), [.failed])
    }
    persist({ [world] in world.leave(run.job, event, expecting) }) { [self] settlement in
      if case .incomplete = settlement {
        // As `HeldJob`: the queue lacks images that were published, as after a repair.
        return handBack(run, .fail("the queue lacks images", permanent: false))
      }
      finished(run, closing)
    }
  }

  private func finished(_ run: Run, _ closing: JobClosing) {
    loop.finished(closing, job: run.job.handle.job)
    report { [self] in ready() }
  }
}
