package import Farm
import Files

/// State machine of a worker between jobs, without I/O.
package struct WorkerLoop: Sendable {
  package enum Action: Equatable, Sendable {
    /// Ask the queue for a job.
    case claim
    /// Claim nothing for a while, and say why; `isNews` the first time.
    case hold(note: String, for: Duration, isNews: Bool)
    /// The host is at fault: claim nothing until an operator resumes the worker, or until this time has passed and the
    /// host's check finds it repaired.
    case suspend(HostFault, for: Duration, isNews: Bool)
    /// An operator has paused the worker: claim nothing until he resumes it.
    case pause(note: String, isNews: Bool)
    /// There is nothing to do: poll again after this time, or when woken.
    case sleep(Duration)
    /// Deregister and end.
    case leave
  }

  /// The interval at which an idle worker polls the queue, before jitter. A notification wakes it earlier.
  package static let poll = Duration.seconds(5)

  /// Number of different jobs in a row whose failures, for unknown reasons, count as a fault of the host.
  package static let failuresThatBlameTheHost = 3

  /// Number of pauses, growing from 2 seconds, in which a worker that is to exit waits for room or for its store.
  private static let holdsOfOnce = 5

  private let endsWhenEmpty: Bool
  private let minimumFreeBytes: Int64
  package private(set) var isDraining = false
  /// Why an operator's pause holds the worker; nil if there is none.
  private var pauseNote: String?
  private var isPauseNews = false
  /// Why nothing was claimed the last time, if space was short.
  private var want: String?
  /// Why jobs that are due are kept from this worker; nil if none is.
  private var capNote: String?
  /// Pauses for that reason, one after the other.
  private var holds = 0
  /// Last storage failure; cleared by the next success.
  private var trouble: String?
  /// Whether the worker has paused since the last storage failure.
  private var isHeld = false
  private var isTroubleNews = false
  private var pause = RetryPause(first: .seconds(2), longest: .seconds(60))
  /// Why the worker is suspended.
  private var hostFault: HostFault?
  private var isHostFaultNews = false
  /// Different jobs that failed here one after the other.
  private var failed: Set<Int64> = []
  private var hostPause = RetryPause(first: .seconds(2), longest: .seconds(300))

  /// A lease of another worker.
  private struct Watch {
    var ends: Double
    var renewals = 0
  }

  /// A lease that was renewed so often belongs to a worker that is alive; one renewal of a dead worker may still have been
  /// on its way to the server.
  private static let renewalsOfTheLiving = 2

  /// The leases of other workers when the queue first had no job: `--once` waits for those that nobody renews.
  private var leases: [JobHandle: Watch]?
  /// Whether the queue had no job for this worker when it left.
  private var isEmpty = false

  /// - Parameter endsWhenEmpty: whether to exit when no job is ready, instead of waiting for one.
  package init(endsWhenEmpty: Bool, minimumFreeBytes: Int64) {
    self.endsWhenEmpty = endsWhenEmpty
    self.minimumFreeBytes = minimumFreeBytes
  }

  package mutating func drain() {
    isDraining = true
  }

  /// An operator pauses the worker, or ends the pause.
  ///
  /// - Parameter note: who asked; nil to go on.
  /// - Returns: whether that is news, so that the worker must be woken.
  package mutating func setPause(_ note: String?) -> Bool {
    defer { pauseNote = note }
    guard (pauseNote == nil) != (note == nil) else { return false }
    isPauseNews = note != nil
    return true
  }

  /// Whether an operator has paused the worker.
  package var isPaused: Bool { pauseNote != nil }

  /// Whether a worker that is to exit when no job is ready left before that.
  package var leavesWork: Bool { endsWhenEmpty && !isEmpty }

  /// The host is repaired, or an operator says so.
  package mutating func resume() {
    hostFault = nil
  }

  /// The host was looked at and is not repaired.
  package mutating func remains(_ fault: HostFault) {
    hostFault = fault
  }

  /// The worker is ready for a job.
  ///
  /// - Parameters:
  ///   - freeBytes: the free space of the artifact store's disk; nil if unknown.
  ///   - refusal: why nothing may be stored; nil if it may.
  package mutating func ready(freeBytes: Int64?, refusal: String? = nil) -> Action {
    if isDraining { return .leave }
    if let hostFault {
      defer { isHostFaultNews = false }
      return endsWhenEmpty ? .leave : .suspend(hostFault, for: hostPause.next(), isNews: isHostFaultNews)
    }
    if let pauseNote {
      defer { isPauseNews = false }
      return .pause(note: pauseNote, isNews: isPauseNews)
    }
    let before = note
    want = refusal.map { "waiting: \($0)" } ?? lack(freeBytes)
    guard let want else {
      holds = 0
      return readyWithRoom()
    }
    holds += 1
    // Cron would start another one each time: a worker that is to exit waits for about a minute.
    if endsWhenEmpty, holds > Self.holdsOfOnce { return .leave }
    return .hold(note: want, for: pause.next(), isNews: before == nil)
  }

  private mutating func readyWithRoom() -> Action {
    if let trouble, !isHeld {
      // The worker pauses once per failure: the next job shows whether storing works again.
      isHeld = true
      return .hold(note: trouble, for: pause.next(), isNews: isTroubleNews)
    }
    return .claim
  }

  /// A message for the operator while the worker claims nothing or is about to try again.
  package var note: String? { want ?? trouble ?? capNote }

  /// The claim failed and the queue's answer cannot be used.
  package mutating func claimFailed(_ reason: String) -> Action {
    if isDraining { return .leave }
    defer { trouble = "waiting: \(reason)" }
    return .hold(note: "waiting: \(reason)", for: pause.next(), isNews: trouble == nil)
  }

  /// The queue had no job; the earliest one that waits out a backoff is due in `nextRunIn`, by the clock of this machine,
  /// which may be wrong: it only shortens the sleep.
  ///
  /// A worker that is to exit also waits for the leases of other workers, because those of killed ones end without
  /// being renewed and free their jobs. A lease that was renewed twice since the worker first saw it belongs to a worker
  /// that is alive, so the wait is bounded by the leases that were there at first.
  /// - Parameters:
  ///   - leases: of other workers, on jobs that this one could take.
  ///   - cap: why jobs that are due are kept back; nil if none is.
  package mutating func foundNothing(
    nextRunIn: Duration?, leases now: [JobLease] = [], cap: String? = nil
  ) -> Action {
    if isDraining { return .leave }
    capNote = cap.map { "waiting: \($0)" }
    if endsWhenEmpty {
      let unrenewed = watch(now)
      if nextRunIn == nil {
        guard let next = unrenewed.map(\.left).min() else {
          // Others finish what a cap keeps from this worker, or do not: it cannot know.
          isEmpty = cap == nil
          return .leave
        }
        // Looks every second whether the leases were renewed.
        return .sleep(min(max(next, .milliseconds(100)), .seconds(1)))
      }
    }
    let poll = Self.poll * Double.random(in: 0.75..<1.25)
    guard let nextRunIn else { return .sleep(poll) }
    return .sleep(min(poll, max(nextRunIn, .milliseconds(200)) + .milliseconds(Int.random(in: 10..<100))))
  }

  /// Those of the leases that were there at first and may be those of killed workers.
  private mutating func watch(_ now: [JobLease]) -> [JobLease] {
    let before = leases ?? Dictionary(now.map { ($0.handle, Watch(ends: $0.ends)) }) { first, _ in first }
    var after: [JobHandle: Watch] = [:]
    for lease in now {
      guard var watch = before[lease.handle] else { continue }
      if watch.ends != lease.ends { watch = Watch(ends: lease.ends, renewals: watch.renewals + 1) }
      if watch.renewals < Self.renewalsOfTheLiving { after[lease.handle] = watch }
    }
    leases = after
    return now.filter { after[$0.handle] != nil }
  }

  /// The server was unreachable: try again after a pause, unless the worker drains.
  package func serverIsAway(pause: Duration) -> Action {
    isDraining ? .leave : .sleep(pause)
  }

  /// A job is over.
  package mutating func finished(_ closing: JobClosing, job: Int64) {
    // Whoever held jobs when this one was claimed: what has happened since then shows who is alive.
    leases = nil
    capNote = nil
    switch closing {
    case .release(.waiting(let reason)):
      isTroubleNews = trouble == nil
      trouble = "waiting: \(reason)"
      isHeld = false
      return
    case .refuse(let fault):
      suspend(fault)
      return
    case .fail(let error, permanent: false):
      failed.insert(job)
      if failed.count >= Self.failuresThatBlameTheHost {
        suspend(HostFault(reason: "\(failed.count) jobs in a row failed on this host: \(error)", check: .nextJob))
        failed = []
      }
    case .complete:
      failed = []
      hostPause.reset()
    case .release, .fail, .drop: break
    }
    trouble = nil
    pause.reset()
  }

  private mutating func suspend(_ fault: HostFault) {
    isHostFaultNews = hostFault == nil
    hostFault = fault
  }

  private func lack(_ freeBytes: Int64?) -> String? {
    guard let freeBytes else { return "waiting: the data folder cannot be read" }
    guard freeBytes < minimumFreeBytes else { return nil }
    return "waiting: \(Self.size(freeBytes)) free in the data folder, needs \(Self.size(minimumFreeBytes))"
  }

  private static func size(_ bytes: Int64) -> String {
    let gibibytes = Double(bytes) / Double(1 << 30)
    return "\((gibibytes * 100).rounded() / 100) GiB"
  }
}
