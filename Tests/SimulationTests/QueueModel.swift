import Farm

/// The queue in memory: what the statements of `JobSQL`, `BatchSQL` and `WorkerSQL` do, condition by condition, around the
/// real state machines. Times are milliseconds of the database's clock.
///
/// A copy is a backup. `QueueModelTests` compares its answers with PostgreSQL's. It does not say in which order jobs are
/// claimed: that is a matter of policy.
struct QueueModel {
  struct Batch {
    let id: Int64
    let seed: UInt64
    /// Stands for the digest of the specification.
    let specification: Int
    let images: Int
    let jobs: Range<Int>
    let maxAttempts: Int
    var state = BatchState.queued
    var done = 0
    var failed = 0
    var cancelled = 0
    var imagesDone = 0
    var isStarted = false
    var accepted: [Int: Image] = [:]
  }

  struct Job {
    let id: Int64
    let batch: Int64
    let indices: Range<Int>
    var state = JobState.ready
    var token: Int64 = 0
    var claim: Int64 = 0
    var attempt = 0
    var imagesDone = 0
    var imagesCounted = 0
    var worker: Int64?
    var leaseEnds: Int?
    var dueAt = 0
    var failingHosts: Set<String> = []
    var attempts: [Attempt] = []
    /// Of the simulation, read by no statement: which claim holds the job, and when it last renewed its lease.
    var holder = 0
    var renewedAt = 0
    /// Attempts that ended by the job's own fault or with the lease, since it was last queued by a person.
    var charges = 0
    /// Hosts that could not run the job, for a reason that may be the job's.
    var blamers: Set<String> = []
  }

  struct Attempt {
    let token: Int64
    let claim: Int64
    var outcome: AttemptOutcome?
  }

  struct Image: Hashable {
    let index: Int
    let seed: UInt64
    let specification: Int
    var job: Int64 = 0
    var token: Int64 = 0

    /// Stands for the file: its bytes follow from what was rendered.
    var file: File { File(seed: seed, specification: specification) }

    struct File: Hashable {
      let seed: UInt64
      let specification: Int
    }
  }

  struct Worker {
    let key: WorkerKey
    let host: String
    var machine = WorkerMachine(state: .active)
    var seenAt: Int
  }

  enum Publication: Equatable {
    case answer(PublishAnswer)
    /// The image is not what its batch asks for.
    case untrue
  }

  /// A condition that is left out, to show that the simulation notices.
  enum PlantedFault: String, CaseIterable, Sendable {
    case tokenWithoutRandomPart, publishWithoutToken, publishWithoutSpecification, publishTwiceCountsTwice
    case expireWithoutLease, expireWithoutToken, leasesThatNeverEnd, rowBeforeFile, hostFaultCharged,
      storeFaultBlamesTheJob
  }

  private(set) var batches: [Batch] = []
  private(set) var jobs: [Job] = []
  private(set) var workers: [Worker] = []
  let planted: PlantedFault?

  init(planted: PlantedFault? = nil) {
    self.planted = planted
  }

  // MARK: Batches

  mutating func enqueue(seed: UInt64, specification: Int, images: Int, chunk: Int, maxAttempts: Int) -> Int64 {
    let id = Int64(batches.count + 1)
    let first = jobs.count
    for start in stride(from: 0, to: images, by: chunk) {
      jobs.append(Job(id: Int64(jobs.count + 1), batch: id, indices: start..<min(start + chunk, images)))
    }
    batches.append(
      Batch(
        id: id, seed: seed, specification: specification, images: images, jobs: first..<jobs.count,
        maxAttempts: maxAttempts))
    return id
  }

  private func machine(_ batch: Int) -> BatchMachine {
    let row = batches[batch]
    return BatchMachine(
      state: row.state, jobs: row.jobs.count, done: row.done, failed: row.failed, cancelled: row.cancelled,
      isStarted: row.isStarted)
  }

  private mutating func commit(_ batch: Int, _ machine: BatchMachine) {
    batches[batch].state = machine.state
    batches[batch].done = machine.done
    batches[batch].failed = machine.failed
    batches[batch].cancelled = machine.cancelled
  }

  /// Pauses or resumes. Returns false if the machine refuses.
  mutating func steer(_ id: Int64, _ event: BatchMachine.Event) -> Bool {
    guard let batch = position(batch: id) else { return false }
    var machine = machine(batch)
    switch machine.handle(event) {
    case .commit: commit(batch, machine)
    case .nothing: break
    case .refuse: return false
    }
    return true
  }

  mutating func cancel(_ id: Int64) -> Bool {
    guard let batch = position(batch: id) else { return false }
    var trial = machine(batch)
    switch trial.handle(.cancel(ready: 0)) {
    case .commit: break
    case .nothing: return true
    case .refuse: return false
    }
    let ready = batches[batch].jobs.filter { jobs[$0].state == .ready }
    for job in ready { jobs[job].state = .cancelled }
    return steer(id, .cancel(ready: ready.count))
  }

  mutating func retry(_ id: Int64, now: Int) -> Bool {
    guard let batch = position(batch: id) else { return false }
    let (isAllowed, includesCancelled) = machine(batch).retries
    guard isAllowed else { return false }
    let again = batches[batch].jobs.filter {
      jobs[$0].state == .failed || (includesCancelled && jobs[$0].state == .cancelled)
    }
    let failed = again.count { jobs[$0].state == .failed }
    for job in again {
      jobs[job].state = .ready
      jobs[job].attempt = 0
      jobs[job].dueAt = now
      jobs[job].failingHosts = []
      jobs[job].blamers = []
      jobs[job].charges = 0
    }
    return steer(id, .retry(failed: failed, cancelled: again.count - failed))
  }

  /// Takes back the images of these indices, whose files are of no use. Returns how many it took.
  mutating func repair(_ id: Int64, _ indices: [Int], now: Int) -> Int? {
    guard let batch = position(batch: id) else { return nil }
    var machine = machine(batch)
    if case .refuse = machine.handle(.repair(done: 0)) { return nil }
    var (taken, reopened) = (0, 0)
    for job in batches[batch].jobs where jobs[job].state == .done || jobs[job].state == .ready {
      let lost = indices.filter { jobs[job].indices.contains($0) && batches[batch].accepted[$0] != nil }
      guard !lost.isEmpty else { continue }
      for index in lost { batches[batch].accepted[index] = nil }
      if jobs[job].state == .done {
        reopened += 1
        jobs[job].attempt = 0
        jobs[job].charges = 0
      }
      jobs[job].state = .ready
      jobs[job].dueAt = now
      jobs[job].imagesDone -= lost.count
      jobs[job].imagesCounted -= lost.count
      taken += lost.count
    }
    guard taken > 0 else { return 0 }
    _ = machine.handle(.repair(done: reopened))
    commit(batch, machine)
    batches[batch].imagesDone -= taken
    return taken
  }

  // MARK: Workers

  mutating func register(host: String, registration: Int64, now: Int) -> WorkerKey {
    let key = WorkerKey(id: Int64(workers.count + 1), registration: registration)
    workers.append(Worker(key: key, host: host, seenAt: now))
    return key
  }

  /// Whether the registration still stands.
  mutating func heartbeat(_ worker: WorkerKey, draining: Bool, now: Int) -> Bool {
    guard isRegistered(worker) else { return false }
    let row = Int(worker.id) - 1
    guard workers[row].machine.handle(.heartbeat(draining: draining)) == .commit else { return false }
    workers[row].seenAt = now
    return true
  }

  mutating func endSilent(longerThan silence: Int, now: Int) {
    for row in workers.indices where workers[row].seenAt < now - silence { _ = workers[row].machine.handle(.silence) }
  }

  func isRegistered(_ worker: WorkerKey) -> Bool {
    workers.indices.contains(Int(worker.id) - 1) && workers[Int(worker.id) - 1].key == worker
  }

  // MARK: Jobs

  /// The jobs that a claim may take.
  func claimable(now: Int) -> [Int64] {
    batches.lazy.filter { $0.state == .queued || $0.state == .running }.flatMap(\.jobs)
      .filter { jobs[$0].state == .ready && jobs[$0].dueAt <= now }.map { jobs[$0].id }
  }

  /// Claims one of ``claimable(now:)``; nil for a worker that is not registered.
  mutating func claim(
    _ id: Int64, by worker: WorkerKey, number: Int64, lease: Int, now: Int, holder: Int = 0
  ) -> JobHandle? {
    guard isRegistered(worker), let job = position(job: id), let batch = position(batch: jobs[job].batch) else {
      return nil
    }
    jobs[job].state = .running
    jobs[job].token += 1
    jobs[job].claim = planted == .tokenWithoutRandomPart ? 0 : number
    jobs[job].attempt += 1
    jobs[job].worker = worker.id
    jobs[job].leaseEnds = now + lease
    jobs[job].attempts.append(Attempt(token: jobs[job].token, claim: jobs[job].claim))
    jobs[job].holder = holder
    jobs[job].renewedAt = now
    if batches[batch].state == .queued { batches[batch].state = .running }
    batches[batch].isStarted = true
    return handle(jobs[job])
  }

  /// The jobs that a worker holds according to its row.
  func held(by worker: WorkerKey) -> [JobHandle] {
    guard isRegistered(worker) else { return [] }
    return jobs.filter { $0.state == .running && $0.worker == worker.id }.map(handle)
  }

  func missing(_ id: Int64) -> [Int] {
    guard let job = position(job: id), let batch = position(batch: jobs[job].batch) else { return [] }
    return jobs[job].indices.filter { batches[batch].accepted[$0] == nil }
  }

  mutating func publish(_ handle: JobHandle, _ image: Image, lease: Int, now: Int) -> Publication {
    guard let batch = position(batch: handle.batch) else { return .answer(.stale) }
    let job = planted == .publishWithoutToken ? position(job: handle.job) : position(held: handle)
    guard let job, jobs[job].batch == handle.batch, jobs[job].indices.contains(image.index) else {
      let row = batches[batch].accepted[image.index]
      let isMine =
        row?.job == handle.job && row?.token == handle.token && row?.file == image.file && attempt(of: handle) != nil
      return .answer(isMine ? .alreadyPublished : .stale)
    }
    let asks =
      image.specification == batches[batch].specification
      && image.seed == (batches[batch].seed + UInt64(image.index)) % (1 << 63)
    guard asks || planted == .publishWithoutSpecification else { return .untrue }
    jobs[job].leaseEnds = now + lease
    jobs[job].renewedAt = now
    let isNew = batches[batch].accepted[image.index] == nil
    if isNew || planted == .publishTwiceCountsTwice { jobs[job].imagesDone += 1 }
    guard isNew else { return .answer(.alreadyPublished) }
    var image = image
    (image.job, image.token) = (handle.job, handle.token)
    batches[batch].accepted[image.index] = image
    return .answer(.published)
  }

  mutating func heartbeat(_ handle: JobHandle, lease: Int, now: Int) -> HeartbeatAnswer {
    guard let job = position(held: handle), let batch = position(batch: handle.batch) else { return .stale }
    jobs[job].leaseEnds = now + lease
    jobs[job].renewedAt = now
    return switch batches[batch].state {
    case .queued, .running, .done, .failed: .proceed
    case .paused: .pause
    case .cancelling, .cancelled: .cancel
    }
  }

  /// The claims whose leases have ended.
  func expired(now: Int) -> [JobHandle] {
    planted == .leasesThatNeverEnd
      ? [] : jobs.filter { $0.state == .running && ($0.leaseEnds ?? now) < now }.map(handle)
  }

  /// How a job leaves its worker, as in `JobDeparture`.
  mutating func leave(
    _ given: JobHandle, _ event: JobMachine.Event, expecting: [AttemptOutcome], now: Int
  ) -> Settlement {
    guard let job = position(job: given.job), jobs[job].batch == given.batch, let batch = position(batch: given.batch)
    else { return .stale }
    var (handle, event) = (given, event)
    let isCharged =
      switch event {
      case .fail, .expire: true
      case .complete, .release, .hostFault: false
      }
    let row = jobs[job]
    if case .expire = event {
      let isChecked = planted != .expireWithoutLease && planted != .expireWithoutToken
      guard (row.leaseEnds ?? now) < now || !isChecked else { return .stale }
      if planted == .expireWithoutToken { handle = self.handle(row) }
    }
    if case .hostFault(let hosts) = event, hosts > 0, position(held: handle) != nil, let worker = row.worker {
      jobs[job].failingHosts.insert(workers[Int(worker) - 1].host)
      jobs[job].blamers.insert(workers[Int(worker) - 1].host)
      event = .hostFault(hosts: jobs[job].failingHosts.count)
      if planted == .hostFaultCharged { event = .fail(permanent: false, jitter: 1) }
    }
    if case .hostFault(0) = event, planted == .storeFaultBlamesTheJob, let worker = row.worker {
      jobs[job].failingHosts.insert(workers[Int(worker) - 1].host)
      event = .hostFault(hosts: jobs[job].failingHosts.count)
    }
    let machine = JobMachine(
      state: row.state, token: row.token, claim: row.claim, attempt: row.attempt,
      maxAttempts: batches[batch].maxAttempts, isComplete: row.imagesDone == row.indices.count,
      batch: batches[batch].state)
    switch machine.handle(event, under: handle) {
    case .refuseStale:
      guard let outcome = attempt(of: handle)?.outcome, expecting.contains(outcome) else { return .stale }
    case .refuseIncomplete:
      return .incomplete(missing: missing(handle.job))
    case .leave(let change):
      if isCharged { jobs[job].charges += 1 }
      leave(job, batch, change, now)
    }
    return .settled(job: jobs[job].state, batch: batches[batch].state)
  }

  private mutating func leave(_ job: Int, _ batch: Int, _ change: JobMachine.Change, _ now: Int) {
    batches[batch].imagesDone += jobs[job].imagesDone - jobs[job].imagesCounted
    jobs[job].state = change.state
    jobs[job].attempt = change.attempt
    jobs[job].dueAt = now + Int(change.delay / .milliseconds(1))
    jobs[job].worker = nil
    jobs[job].leaseEnds = nil
    jobs[job].imagesCounted = jobs[job].imagesDone
    if let last = jobs[job].attempts.indices.last { jobs[job].attempts[last].outcome = change.outcome }
    var machine = machine(batch)
    if case .commit = machine.handle(.jobLeft(change.state)) {
      commit(batch, machine)
      batches[batch].isStarted = true
    }
  }

  // MARK: Rows

  func position(batch id: Int64) -> Int? { batches.indices.contains(Int(id) - 1) ? Int(id) - 1 : nil }
  func position(job id: Int64) -> Int? { jobs.indices.contains(Int(id) - 1) ? Int(id) - 1 : nil }

  /// The row that a claim still holds.
  private func position(held handle: JobHandle) -> Int? {
    guard let job = position(job: handle.job), jobs[job].state == .running else { return nil }
    return self.handle(jobs[job]) == handle ? job : nil
  }

  private func handle(_ job: Job) -> JobHandle {
    JobHandle(batch: job.batch, job: job.id, token: job.token, claim: job.claim)
  }

  private func attempt(of handle: JobHandle) -> Attempt? {
    guard let job = position(job: handle.job), jobs[job].batch == handle.batch else { return nil }
    return jobs[job].attempts.last { $0.token == handle.token && $0.claim == handle.claim }
  }
}

// MARK: Time, for tests

extension QueueModel {
  mutating func endLeases(now: Int) {
    for job in jobs.indices where jobs[job].state == .running { jobs[job].leaseEnds = now - 1 }
  }

  mutating func endRests(now: Int) {
    for job in jobs.indices where jobs[job].state == .ready { jobs[job].dueAt = min(jobs[job].dueAt, now) }
  }
}
