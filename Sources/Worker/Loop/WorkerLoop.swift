import Farm
import Files

/// What a worker does between jobs, decided without doing it.
package struct WorkerLoop: Sendable {
  package enum Action: Equatable, Sendable {
    /// Ask the queue for a job.
    case claim
    /// Claim nothing for a while, and say why; `isNews` the first time.
    case hold(note: String, for: Duration, isNews: Bool)
    /// Nothing to do: look again after this, or when woken.
    case sleep(Duration)
    /// Deregister and end.
    case leave
  }

  /// How long an idle worker sleeps between two looks at the queue, before jitter. A notification wakes it earlier.
  package static let poll = Duration.seconds(5)

  private let endsWhenEmpty: Bool
  private let minimumFreeBytes: Int64
  package private(set) var isDraining = false
  /// Why nothing was claimed the last time, for want of space.
  private var want: String?
  /// What the last job could not be stored for; until a job fares better.
  private var trouble: String?
  /// Whether the trouble was waited for since it last showed.
  private var isHeld = false
  private var isTroubleNews = false
  private var pause = RetryPause(first: .seconds(2), longest: .seconds(60))

  /// - Parameter endsWhenEmpty: leave when no job is ready, instead of waiting for one.
  package init(endsWhenEmpty: Bool, minimumFreeBytes: Int64) {
    self.endsWhenEmpty = endsWhenEmpty
    self.minimumFreeBytes = minimumFreeBytes
  }

  package mutating func drain() {
    isDraining = true
  }

  /// Ready for a job; `freeBytes` of the artifact store's disk, nil if it cannot be asked.
  package mutating func ready(freeBytes: Int64?) -> Action {
    if isDraining { return .leave }
    let before = note
    want = lack(freeBytes)
    if let want { return .hold(note: want, for: pause.next(), isNews: before == nil) }
    if let trouble, !isHeld {
      // Held once for each failure: the next claim shows whether the trouble is over.
      isHeld = true
      return .hold(note: trouble, for: pause.next(), isNews: isTroubleNews)
    }
    return .claim
  }

  /// What people should know of a worker that is there and claims nothing, or is about to try again.
  package var note: String? { want ?? trouble }

  /// The queue had no job; the earliest one that waits out a backoff is due in `nextRunIn`, by the clock of this machine,
  /// which may be wrong: it only shortens the sleep.
  package mutating func foundNothing(nextRunIn: Duration?) -> Action {
    if isDraining || (endsWhenEmpty && nextRunIn == nil) { return .leave }
    let poll = Self.poll * Double.random(in: 0.75..<1.25)
    guard let nextRunIn else { return .sleep(poll) }
    return .sleep(min(poll, max(nextRunIn, .milliseconds(200)) + .milliseconds(Int.random(in: 10..<100))))
  }

  /// The server could not be asked: again after a pause, unless the worker is to end.
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
