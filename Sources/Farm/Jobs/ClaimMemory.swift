import Synchronization

/// What a process remembers between its claims, so that a claim costs the same however long the queue's history is:
/// the positions at which it found jobs, and the numbers of running jobs.
///
/// Both may be wrong. Another claim whose transaction is rolled back leaves its job in front of the position, and so do
/// a clock that is set back and a restored database. Therefore nothing is said to be absent before a search from the
/// beginning, and such a search also replaces a claim every 30 seconds: a wrong position delays a job, and never hides
/// it for ever. Both the search and the count cost at most a twentieth of the time, however many dead rows they meet.
package final class ClaimMemory: Sendable {
  /// What one claim needs to know.
  package struct View: Sendable {
    /// Batches with running jobs, and how many they have.
    var busy: [Int64] = []
    var running: [Int64] = []
    /// Batches with a position: no ready job is expected in front of (`runAt`, `jobs`).
    var batches: [Int64] = []
    /// Microseconds since 1970.
    var runAt: [Int64] = []
    var jobs: [Int64] = []
    /// If there are any, `busy` lists only batches behind them, and a claim looks at nothing but the batches behind them
    /// that have no running jobs. That it finds none says nothing of the others.
    package fileprivate(set) var floors: [(key: Line, value: Int64)] = []
    /// Whether every batch is searched from its beginning.
    package let isWhole: Bool
  }

  /// A claimed job's place in the order of its batch.
  package struct Place: Hashable, Sendable, Comparable {
    package let batch: Int64
    /// Microseconds since 1970.
    package let runAt: Int64
    package let id: Int64

    package init(batch: Int64, runAt: Int64, id: Int64) {
      self.batch = batch
      self.runAt = runAt
      self.id = id
    }

    package static func < (one: Place, other: Place) -> Bool {
      (one.runAt, one.id) < (other.runAt, other.id)
    }
  }

  /// The batches of one priority and user, which a claim visits in the order of their numbers.
  package struct Line: Hashable, Sendable {
    package let priority: Int
    package let user: String

    package init(priority: Int, user: String) {
      self.priority = priority
      self.user = user
    }
  }

  package typealias Instant = ContinuousClock.Instant

  private struct State {
    var running: [Int64: Int] = [:]
    /// For each line the last batch without running jobs in which a claim found one: those in front of it had some, or
    /// had nothing that was due.
    var floors: [Line: Int64] = [:]
    var nextCount: Instant?
    /// Per batch, with the ones used last at the end.
    var places: [Place] = []
    /// When a claim searches from the beginning instead.
    var nextSearch: Instant?
    /// When an empty answer is worth such a search again.
    var nextCheck: Instant?
  }

  /// Between two counts of running jobs: up to three times as long, so that processes do not count at the same time.
  private static let countInterval = Duration.seconds(1)
  /// Between two searches from the beginning while jobs are found.
  private static let searchInterval = Duration.seconds(30)
  /// A count or search is not repeated before this multiple of its duration.
  private static let restFactor = 20
  /// A search that is faster than this may follow every empty answer.
  private static let quick = Duration.milliseconds(20)
  /// A claim that would carry more batches with running jobs than this carries floors instead.
  private static let manyBusy = 256
  /// The most positions that a claim carries. Few batches have a long history.
  private static let maximumPlaces = 64

  private let state = Mutex(State())

  package init() {}

  package func mustCount(at now: Instant = .now) -> Bool {
    state.withLock { state in
      guard state.nextCount.map({ now >= $0 }) ?? true else { return false }
      // Claims that run at the same time do not count too.
      state.nextCount = now + Self.countInterval
      return true
    }
  }

  package func counted(_ running: [(batch: Int64, jobs: Int)], since start: Instant, at now: Instant = .now) {
    state.withLock { state in
      state.floors = [:]
      state.running = Dictionary(running.map { ($0.batch, $0.jobs) }) { first, _ in first }
      let pause = Self.countInterval * Double.random(in: 1...3)
      state.nextCount = now + max(pause, (now - start) * Self.restFactor)
    }
  }

  /// - Parameter isWhole: whether to search from the beginning in any case.
  package func view(isWhole: Bool = false, at now: Instant = .now) -> View {
    state.withLock { state in
      let isDue = state.nextSearch.map { now >= $0 } ?? false
      var view = View(isWhole: isWhole || isDue || state.places.isEmpty)
      // Claims that run at the same time do not search too.
      if isDue { state.nextSearch = now + Self.searchInterval }
      if !view.isWhole, state.running.count > Self.manyBusy { view.floors = state.floors.map { $0 } }
      let floor = view.floors.map(\.value).min() ?? 0
      for (batch, jobs) in state.running where batch > floor {
        view.busy.append(batch)
        view.running.append(Int64(jobs))
      }
      guard !view.isWhole else { return view }
      for place in state.places {
        view.batches.append(place.batch)
        view.runAt.append(place.runAt)
        view.jobs.append(place.id)
      }
      return view
    }
  }

  /// Takes in the answer to a claim.
  /// - Parameter lines: the lines of the places' batches.
  package func claimed(
    _ places: [Place], of lines: [Int64: Line] = [:], with view: View, since start: Instant, at now: Instant = .now
  ) {
    state.withLock { state in
      for (batch, line) in lines where !view.busy.contains(batch) {
        state.floors[line] = max(batch, state.floors[line] ?? batch)
      }
      // Nothing is behind the floors any more.
      if places.isEmpty { state.floors = [:] }
      for place in places { state.running[place.batch, default: 0] += 1 }
      for (batch, places) in Dictionary(grouping: places, by: \.batch) {
        guard let last = places.max() else { continue }
        let known = state.places.firstIndex { $0.batch == batch }.map { state.places.remove(at: $0) }
        // A search from the beginning may have found a job in front of the position.
        state.places.append(view.isWhole ? last : max(last, known ?? last))
      }
      state.places.removeFirst(max(0, state.places.count - Self.maximumPlaces))
      guard view.isWhole else { return }
      let rest = (now - start) * Self.restFactor
      state.nextSearch = now + max(Self.searchInterval, rest)
      state.nextCheck = now - start < Self.quick ? nil : now + rest
    }
  }

  /// The position in a batch, if it is known.
  package func place(in batch: Int64) -> Place? {
    state.withLock { state in state.places.last { $0.batch == batch } }
  }

  /// Whether an empty answer is worth a search from the beginning now.
  package func maySearch(at now: Instant = .now) -> Bool {
    state.withLock { state in state.nextCheck.map { now >= $0 } ?? true }
  }

  /// A job of the batch left its worker.
  package func left(_ batch: Int64) {
    state.withLock { state in
      guard let jobs = state.running[batch] else { return }
      state.running[batch] = jobs > 1 ? jobs - 1 : nil
    }
  }
}
