/// The state machine of a job. It does not access the database: each event returns the change to commit, or the reason
/// why there is none.
///
/// The caller holds locks on the rows of the job and its batch, so that they cannot change between read and write.
package struct JobMachine: Sendable {
  private enum State {
    case ready
    case running
    case closed(JobState)
  }

  package enum Event: Hashable, Sendable {
    case complete
    case release(ReleaseReason)
    /// The worker's host could not run the job; `hosts` different ones, this one included, could not. 0 if the reason has
    /// nothing to do with the job, such as a store that accepts nothing: then no number of hosts makes it the job's fault.
    case hostFault(hosts: Int)
    /// `jitter`, from 0 to 1, spreads the retries.
    case fail(permanent: Bool, jitter: Double)
    /// The lease has expired by the database's clock.
    case expire(jitter: Double)
  }

  package enum Action: Hashable, Sendable {
    /// The token does not hold the job: nothing changes, and the worker abandons its work.
    case refuseStale
    /// Images are missing, so the job is not complete.
    case refuseIncomplete
    /// The change to commit.
    case leave(Change)
  }

  /// How a running job leaves its worker.
  package struct Change: Hashable, Sendable {
    package let state: JobState
    /// Attempts that count towards the limit after this change.
    package let attempt: Int
    /// The delay before a ready job may be claimed.
    package let delay: Duration
    package let outcome: AttemptOutcome

    package init(state: JobState, attempt: Int, delay: Duration, outcome: AttemptOutcome) {
      self.state = state
      self.attempt = attempt
      self.delay = delay
      self.outcome = outcome
    }
  }

  /// Number of different hosts that must fail a job before the failure counts as the job's own.
  package static let hostsThatBlameTheJob = 3

  private let state: State
  private let token: Int64
  private let claim: Int64
  private let attempt: Int
  private let maxAttempts: Int
  private let isComplete: Bool
  private let isTraining: Bool
  private let batch: BatchState

  /// - Parameters:
  ///   - isComplete: whether every image is published, or given up in a batch that may end without it.
  ///   - isTraining: whether the job has no images, in which case the worker's report alone completes it.
  package init(
    state: JobState, token: Int64, claim: Int64, attempt: Int, maxAttempts: Int, isComplete: Bool,
    isTraining: Bool = false,
    batch: BatchState
  ) {
    self.state =
      switch state {
      case .ready: .ready
      case .running: .running
      case .done, .failed, .cancelled: .closed(state)
      }
    self.token = token
    self.claim = claim
    self.attempt = attempt
    self.maxAttempts = maxAttempts
    self.isComplete = isComplete && !isTraining
    self.isTraining = isTraining
    self.batch = batch
  }

  /// The change for an event that names a claim.
  package func handle(_ event: Event, under handle: JobHandle) -> Action {
    guard case .running = state, handle.token == token, handle.claim == claim else { return .refuseStale }
    switch event {
    case .complete:
      return isComplete || isTraining ? .leave(change(.done, .completed)) : .refuseIncomplete
    case .release(let reason):
      return .leave(released(reason))
    case .hostFault(let hosts):
      // One host is at fault; when several agree, the job is.
      return .leave(
        hosts < Self.hostsThatBlameTheJob
          ? released(.drained) : unsuccessful(.failed, permanent: true, jitter: 0))
    case .fail(let permanent, let jitter):
      return .leave(unsuccessful(.failed, permanent: permanent, jitter: jitter))
    case .expire(let jitter):
      return .leave(unsuccessful(.expired, permanent: false, jitter: jitter))
    }
  }

  private func released(_ reason: ReleaseReason) -> Change {
    // Every image was published before the worker released the job, so nothing remains to be done.
    if isComplete { return change(.done, .completed) }
    if batch == .cancelling { return change(.cancelled, .cancelled) }
    let delay: Duration = if case .waiting = reason { JobBackoff.waiting } else { .zero }
    return Change(state: .ready, attempt: max(0, attempt - 1), delay: delay, outcome: .released)
  }

  private func unsuccessful(_ outcome: AttemptOutcome, permanent: Bool, jitter: Double) -> Change {
    // A worker may die between its last image and its last report; the images decide.
    if isComplete { return change(.done, outcome) }
    if batch == .cancelling { return change(.cancelled, outcome) }
    if permanent || attempt >= maxAttempts { return change(.failed, outcome) }
    return Change(
      state: .ready, attempt: attempt, delay: JobBackoff.delay(afterAttempt: attempt, jitter: jitter), outcome: outcome)
  }

  private func change(_ state: JobState, _ outcome: AttemptOutcome) -> Change {
    Change(state: state, attempt: attempt, delay: .zero, outcome: outcome)
  }
}

/// The delay before a job is tried again.
package enum JobBackoff {
  /// The delay after the first unsuccessful attempt.
  package static let base: Duration = .seconds(2)
  /// The maximum delay.
  package static let limit: Duration = .seconds(600)
  /// The delay of a job that was returned because the farm could not serve it.
  package static let waiting: Duration = .seconds(10)

  /// Doubles with every attempt. `jitter` (0 to 1) scales the delay between half and all of it, so that jobs that
  /// failed together are not retried together.
  package static func delay(afterAttempt attempt: Int, jitter: Double) -> Duration {
    let doublings = min(max(attempt, 1) - 1, 20)
    let full = min(base * (1 << doublings), limit)
    return full * (0.5 + 0.5 * min(max(jitter, 0), 1))
  }
}
