/// The state machine of a batch. It does not access the database.
///
/// The caller holds a lock on the batch's row.
package struct BatchMachine: Sendable {
  package enum Event: Hashable, Sendable {
    /// A running job left its worker and is now in this state.
    case jobLeft(JobState)
    /// `done` jobs were completed before, and were not counted until now.
    case tallied(done: Int)
    case pause
    case resume
    /// `ready` waiting jobs were cancelled with the batch.
    case cancel(ready: Int)
    /// `failed` and `cancelled` jobs become ready again.
    case retry(failed: Int, cancelled: Int)
    /// Images of jobs were taken back to be rendered again; `done` of these jobs were done and are ready again.
    case repair(done: Int)
  }

  package enum Action: Hashable, Sendable {
    /// The machine's new state and counts must be committed.
    case commit
    /// Nothing changes.
    case nothing
    /// The current state does not allow the event.
    case refuse(String)
  }

  package private(set) var state: BatchState
  package let jobs: Int
  package private(set) var done: Int
  package private(set) var failed: Int
  package private(set) var cancelled: Int
  /// Whether any job was ever claimed.
  private let isStarted: Bool

  package init(state: BatchState, jobs: Int, done: Int, failed: Int, cancelled: Int, isStarted: Bool) {
    self.state = state
    self.jobs = jobs
    self.done = done
    self.failed = failed
    self.cancelled = cancelled
    self.isStarted = isStarted
  }

  package mutating func handle(_ event: Event) -> Action {
    switch event {
    case .jobLeft(let job): return leave(job)
    case .tallied(let done): return tallied(done)
    case .pause: return pause()
    case .resume: return resume()
    case .cancel(let ready): return cancel(ready)
    case .retry(let failed, let cancelled): return retry(failed, cancelled)
    case .repair(let done): return repair(done)
    }
  }

  /// Whether `retry` is accepted, and whether it includes cancelled jobs.
  package var retries: (allowed: Bool, cancelled: Bool) { (state != .cancelling, state == .cancelled) }

  private mutating func leave(_ job: JobState) -> Action {
    switch job {
    case .ready, .running: return .nothing
    case .done: done += 1
    case .failed: failed += 1
    case .cancelled: cancelled += 1
    }
    if state == .queued { state = .running }
    finishIfClosed()
    return .commit
  }

  private mutating func tallied(_ done: Int) -> Action {
    guard done > 0 else { return .nothing }
    self.done += done
    if state == .queued { state = .running }
    finishIfClosed()
    return .commit
  }

  private mutating func pause() -> Action {
    switch state {
    case .queued, .running:
      state = .paused
      return .commit
    case .paused: return .nothing
    case .cancelling, .done, .failed, .cancelled:
      return .refuse("it is \(state.rawValue), so there is nothing to pause")
    }
  }

  private mutating func resume() -> Action {
    switch state {
    case .paused:
      state = isStarted ? .running : .queued
      return .commit
    case .queued, .running: return .nothing
    case .cancelling, .done, .failed, .cancelled:
      return .refuse("it is \(state.rawValue), not paused; retry re-queues failed and cancelled jobs")
    }
  }

  private mutating func cancel(_ ready: Int) -> Action {
    switch state {
    case .queued, .running, .paused:
      cancelled += ready
      state = .cancelling
      finishIfClosed()
      return .commit
    case .cancelling, .cancelled: return .nothing
    case .done, .failed: return .refuse("it is already \(state.rawValue)")
    }
  }

  private mutating func retry(_ failed: Int, _ cancelled: Int) -> Action {
    guard retries.allowed else { return .refuse("workers still hold some of its jobs: wait until it is cancelled") }
    guard failed + cancelled > 0 else { return .nothing }
    self.failed -= failed
    self.cancelled -= cancelled
    if state != .paused { state = isStarted ? .running : .queued }
    return .commit
  }

  private mutating func repair(_ done: Int) -> Action {
    guard state != .cancelling else {
      return .refuse("workers still hold some of its jobs: wait until it is cancelled")
    }
    guard done > 0 else { return .nothing }
    self.done -= done
    if state.isFinished { state = .running }
    return .commit
  }

  private mutating func finishIfClosed() {
    guard done + failed + cancelled == jobs else { return }
    // Jobs may finish while the batch is being cancelled; if the cancellation stopped none, the batch ends as usual.
    state = cancelled > 0 ? .cancelled : failed > 0 ? .failed : .done
  }
}
