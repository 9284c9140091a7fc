import Farm

/// A farm in virtual time: a database, a store, workers and an operator, disturbed as a seed says.
///
/// The decisions are those of the real code: `JobMachine`, `BatchMachine` and `WorkerMachine` in the database's
/// transactions, `WorkerLoop` and `ImageCourse` in the workers. Between them, requests are late, lost before or after they
/// took effect, and overtake each other; processes are killed and stopped; the database is restored to an older state or
/// away; the store is away or loses files. After a while the disturbances end, and everything must come to its end.
final class Simulation {
  /// Milliseconds.
  static let lease = 5000
  static let chunk = 3
  static let disturbed = 40_000
  /// Kinds of disturbance.
  static let disturbances = 11
  static let limit = 2_000_000

  struct Violation: Error, CustomStringConvertible {
    let description: String
  }

  /// How often things happened, over all seeds.
  struct Tally {
    var counts: [String: Int] = [:]
    mutating func add(_ other: Tally) { counts.merge(other.counts) { $0 + $1 } }
  }

  private struct Event {
    let time: Int
    let number: Int
    let run: () -> Void
  }

  var random: SeededRandom
  private(set) var now = 0
  var database: QueueModel
  private(set) var tally = Tally()
  /// What happened, if asked for.
  private(set) var trace: [String]?
  /// Files that the store holds.
  var files: Set<QueueModel.Image.File> = []
  /// Those and the files that were lost since.
  private var stored: Set<QueueModel.Image.File> = []
  var storeIsAway = false
  /// It answers, and accepts nothing.
  var storeRefuses = false
  var nextSpecification = 1
  private var events: [Event] = []
  private var eventCount = 0
  var backups: [QueueModel] = []
  var databaseIsAway = false
  var workers: [SimulatedWorker] = []
  private var holders = 0
  var problem: String?
  /// In a thousand, of each request.
  private let losses: Int
  let kinds: Set<Int>

  init(seed: UInt64, planted: QueueModel.PlantedFault? = nil, traced: Bool = false) {
    var random = SeededRandom(seed: seed)
    database = QueueModel(planted: planted)
    trace = traced ? [] : nil
    losses = [0, 5, 30, 120][random.below(4)]
    // Each seed leaves some kinds of disturbance out, so that the others meet an undisturbed farm.
    kinds = Set((0..<Self.disturbances).filter { _ in random.below(2) == 0 })
    self.random = random
  }

  var isCalm: Bool { now >= Self.disturbed }
  var planted: QueueModel.PlantedFault? { database.planted }

  func run() throws -> Tally {
    enqueue(images: 5 + random.below(8))
    enqueue(images: 3 + random.below(6))
    for number in 0..<(2 + random.below(3)) {
      let worker = SimulatedWorker(self, host: "host-\(number % 3)", number: number)
      workers.append(worker)
      worker.start()
      sweepRegularly(worker)
    }
    disturb()
    while problem == nil, let event = events.popLast() {
      now = event.time
      event.run()
      if event.number % 8 == 0 { checkCounters() }
      if isCalm, isOver { break }
      if now > Self.limit { violated("the farm came to no end") }
    }
    checkCounters()
    checkImages()
    if let problem { throw Violation(description: problem) }
    return tally
  }

  // MARK: Time

  func after(_ delay: Int, _ run: @escaping () -> Void) {
    eventCount += 1
    let event = Event(time: now + max(delay, 0), number: eventCount, run: run)
    // The next event is last.
    var (low, high) = (0, events.count)
    while low < high {
      let middle = (low + high) / 2
      let other = events[middle]
      if (other.time, other.number) > (event.time, event.number) { low = middle + 1 } else { high = middle }
    }
    events.insert(event, at: low)
  }

  func note(_ text: @autoclosure () -> String) {
    trace?.append("\(now) \(text())")
  }

  func count(_ what: String) { tally.counts[what, default: 0] += 1 }

  func violated(_ what: String) {
    note("VIOLATION: \(what)")
    problem = problem ?? what
  }

  // MARK: Requests

  /// A call of the database by a process: the body runs in one transaction, and the caller gets its result, or nil if the
  /// connection was lost before or after it took effect.
  func request<T>(_ body: @escaping () -> T, _ answer: @escaping (T?) -> Void) {
    let isLost = !isCalm && random.chance(losses)
    let isLate = !isCalm && random.chance(losses)
    after(1 + random.below(20) + (isLate ? random.below(Self.lease * 2) : 0)) { [self] in
      guard !databaseIsAway, !(isLost && random.below(2) == 0) else {
        count("requests lost")
        return after(200 + random.below(1000)) { answer(nil) }
      }
      let result = body()
      guard !isLost else {
        // As a COMMIT whose answer is lost.
        count("answers lost")
        return after(200 + random.below(1000)) { answer(nil) }
      }
      after(1 + random.below(20)) { answer(result) }
    }
  }

  /// Puts a file into the store; the answer is false if the store is away.
  func put(_ file: QueueModel.Image.File, _ answer: @escaping (Bool) -> Void) {
    after(5 + random.below(200)) { [self] in
      if storeIsAway { return after(500 + random.below(1500)) { answer(false) } }
      files.insert(file)
      stored.insert(file)
      after(random.below(50)) { answer(true) }
    }
  }

  // MARK: Statements, with what must hold whenever one takes effect

  func newHolder() -> Int {
    holders += 1
    return holders
  }

  func register(_ host: String) -> WorkerKey {
    let registration = planted == .tokenWithoutRandomPart ? 0 : Int64.random(in: 1...Int64.max, using: &random)
    return database.register(host: host, registration: registration, now: now)
  }

  func heartbeat(_ worker: WorkerKey, draining: Bool) -> Bool {
    database.heartbeat(worker, draining: draining, now: now)
  }

  func claim(_ worker: WorkerKey) -> ClaimedImages? {
    let jobs = database.claimable(now: now)
    guard !jobs.isEmpty else { return nil }
    let number = Int64.random(in: 1...Int64.max, using: &random)
    let holder = newHolder()
    guard
      let handle = database.claim(
        jobs[random.below(jobs.count)], by: worker, number: number, lease: Self.lease, now: now, holder: holder)
    else { return nil }
    count("claims")
    return describe(handle, holder)
  }

  func held(_ worker: WorkerKey) -> ClaimedImages? {
    guard let handle = database.held(by: worker).first, let job = database.position(job: handle.job) else { return nil }
    count("claims found again")
    return describe(handle, database.jobs[job].holder)
  }

  private func describe(_ handle: JobHandle, _ holder: Int) -> ClaimedImages? {
    guard let batch = database.position(batch: handle.batch) else { return nil }
    return ClaimedImages(
      handle: handle, holder: holder, seed: database.batches[batch].seed,
      specification: database.batches[batch].specification, missing: database.missing(handle.job))
  }

  func renew(_ job: ClaimedImages) -> HeartbeatAnswer {
    let answer = database.heartbeat(job.handle, lease: Self.lease, now: now)
    if answer == .stale { count("stale heartbeats") } else { checkHolder(job, "a heartbeat") }
    return answer
  }

  func publish(_ job: ClaimedImages, _ image: QueueModel.Image) -> QueueModel.Publication {
    let answer = database.publish(job.handle, image, lease: Self.lease, now: now)
    switch answer {
    case .answer(.published):
      count("images published")
      checkHolder(job, "an image")
      if !stored.contains(image.file) { violated("image \(image.index) got a row before its file was durable") }
    case .answer(.alreadyPublished): count("images published again")
    case .answer(.stale): count("stale images")
    case .untrue: count("untrue images refused")
    }
    return answer
  }

  func leave(_ job: ClaimedImages, _ event: JobMachine.Event, _ expecting: [AttemptOutcome]) -> Settlement {
    let isHolder = holder(of: job.handle.job) == job.holder
    let before =
      database.jobs.indices.contains(Int(job.handle.job) - 1) ? database.jobs[Int(job.handle.job) - 1].state : .ready
    let settlement = database.leave(job.handle, event, expecting: expecting, now: now)
    if case .settled = settlement, before == .running, !isHolder,
      database.jobs[Int(job.handle.job) - 1].state != .running
    {
      violated("a job was handed back under the token of another history: \(job.handle)")
    }
    if settlement == .stale { count("stale ends") } else { count("jobs handed back") }
    return settlement
  }

  private func checkHolder(_ job: ClaimedImages, _ what: String) {
    guard holder(of: job.handle.job) != job.holder else { return }
    violated("\(what) was accepted under the token of another claim: \(job.handle)")
  }

  private func holder(of job: Int64) -> Int? { database.position(job: job).map { database.jobs[$0].holder } }

  // MARK: Sweeps

  private func sweepRegularly(_ worker: SimulatedWorker) {
    after(Self.lease / 4 + random.below(Self.lease / 4)) { [self] in
      defer { sweepRegularly(worker) }
      guard worker.isRunning else { return }
      request({ [self] in database.expired(now: now) }) { [self] expired in
        guard worker.isRunning else { return }
        for handle in expired ?? [] { request({ [self] in expire(handle) }) { _ in } }
      }
    }
  }

  private func expire(_ handle: JobHandle) {
    guard let job = database.position(job: handle.job) else { return }
    let before = database.jobs[job]
    let settlement = database.leave(handle, .expire(jitter: random.unit()), expecting: [], now: now)
    guard case .settled = settlement else { return }
    count("leases expired")
    note("expired \(handle)")
    if before.renewedAt + Self.lease >= now { violated("a job was taken from a worker within its lease: \(handle)") }
    if before.token != handle.token || before.claim != handle.claim {
      violated("a job was taken from another worker than the one whose lease had ended: \(handle)")
    }
  }

}

/// What a claim tells a worker.
struct ClaimedImages {
  let handle: JobHandle
  /// Of the simulation: no statement reads it.
  let holder: Int
  let seed: UInt64
  let specification: Int
  let missing: [Int]
}
