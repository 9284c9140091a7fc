import Farm
import Files

/// State machine of a worker between jobs, without I/O.
package struct WorkerLoop: Sendable {
  package enum Action: Equatable, Sendable {
    /// Ask the queue for a job.
    case claim
    /// Claim nothing for a while, and say why; `isNews` the first time.
    case hold(note: String, for: Duration, isNews: Bool)
    /// There is nothing to do: poll again after this time, or when woken.
    case sleep(Duration)
    /// Deregister and end.
    case leave
  }

  /// The interval at which an idle worker polls the queue, before jitter. A notification wakes it earlier.
  package static let poll = Duration.seconds(5)

  private let endsWhenEmpty: Bool
  private let minimumFreeBytes: Int64
  package private(set) var isDraining = false
  /// Why nothing was claimed the last time, if space was short.
  private var want: String?
  /// Last storage failure; cleared by the next success.
  private var trouble: String?
  /// Whether the worker has paused since the last storage failure.
  private var isHeld = false
  private var isTroubleNews = false
  private var pause = RetryPause(first: .seconds(2), longest: .seconds(60))

  /// - Parameter endsWhenEmpty: whether to exit when no job is ready, instead of waiting for one.
  package init(endsWhenEmpty: Bool, minimumFreeBytes: Int64) {
    self.endsWhenEmpty = endsWhenEmpty
    self.minimumFreeBytes = minimumFreeBytes
  }

  package mutating func drain() {
    isDraining = true
  }

  /// The worker is ready for a job.
  ///
  /// - Parameters:
  ///   - freeBytes: the free space of the artifact store's disk; nil if unknown.
  ///   - refusal: why nothing may be stored; nil if it may.
  package mutating func ready(freeBytes: Int64?, refusal: String? = nil) -> Action {
    if isDraining { return .leave }
    let before = note
    want = refusal.map { "waiting: \($0)" } ?? lack(freeBytes)
    if let want { return .hold(note: want, for: pause.next(), isNews: before == nil) }
    if let trouble, !isHeld {
      // The worker pauses once per failure: the next job shows whether storing works again.
      isHeld = true
      return .hold(note: trouble, for: pause.next(), isNews: isTroubleNews)
    }
    return .claim
  }

  /// A message for the operator while the worker claims nothing or is about to try again.
  package var note: String? { want ?? trouble }

  /// The queue had no job; the earliest one that waits out a backoff is due in `nextRunIn`, by the clock of this machine,
  /// which may be wrong: it only shortens the sleep.
  package mutating func foundNothing(nextRunIn: Duration?) -> Action {
    if isDraining || (endsWhenEmpty && nextRunIn == nil) { return .leave }
    let poll = Self.poll * Double.random(in: 0.75..<1.25)
    guard let nextRunIn else { return .sleep(poll) }
    return .sleep(min(poll, max(nextRunIn, .milliseconds(200)) + .milliseconds(Int.random(in: 10..<100))))
  }

  /// The server was unreachable: try again after a pause, unless the worker drains.
  package func serverIsAway(pause: Duration) -> Action {
    isDraining ? .leave : .sleep(pause)
  }

  /// A job is over.
  package mutating func finished(_ closing: JobClosing) {
    if case .release(.waiting(let reason)) = closing {
      isTroubleNews = trouble == nil
      trouble = "waiting: \(reason)"
      isHeld = false
    } else {
      trouble = nil
      pause.reset()
    }
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
