package import Farm

/// State machine of one claimed training, without I/O.
///
/// After every step, before any of it is written, the training thread asks whether to continue. It may write only
/// while the lease is valid by this machine's own clock: a worker that was suspended past its lease asks the queue
/// first.
package struct TrainingCourse: Sendable {
  /// The training thread's next action after a step.
  package enum Step: Equatable, Sendable {
    case goOn
    /// Save the state and stop.
    case save
    /// Stop, and write nothing more.
    case drop
    /// Ask the queue whether this worker still holds the job, then ask again here.
    case confirm
  }

  private let lease: Duration
  private var pace: HeartbeatPace
  /// Until this moment no other worker can hold the job.
  private var heldUntil: ContinuousClock.Instant
  private var isFinished = false
  package private(set) var stopReason: StopReason?
  /// The step that the next heartbeat reports.
  package private(set) var latest: TrainingStep?

  /// - Parameter now: just after the claim.
  package init(lease: Duration, now: ContinuousClock.Instant) {
    self.lease = lease
    pace = HeartbeatPace(lease: lease, now: now)
    // The claim happened before `now`, hence the margin.
    heldUntil = now + lease * 0.9
  }

  /// Notes that a block of the preparation or a step is done.
  ///
  /// - Returns: whether to send a heartbeat for it.
  package mutating func blockFinished(_ progress: TrainingStep?, _ now: ContinuousClock.Instant) -> Bool {
    if let progress { latest = progress }
    return pace.isDue(now)
  }

  /// Whether a preparation may continue: there is nothing to save yet.
  package var goesOn: Bool { stopReason == nil }

  package func next(_ now: ContinuousClock.Instant) -> Step {
    switch stopReason {
    case .stale, .failed, .hostFault, .waiting: .drop
    case nil: now < heldUntil ? .goOn : .confirm
    case .paused, .drained, .cancelled: now < heldUntil ? .save : .confirm
    }
  }

  /// Whether the training waits for the answer of a heartbeat.
  package func isUnconfirmed(_ now: ContinuousClock.Instant) -> Bool { now >= heldUntil }

  /// Notes that the heartbeat could not be delivered.
  package mutating func heartbeatLost(_ now: ContinuousClock.Instant) {
    pace.finish(now)
  }

  /// Applies the queue's answer to a heartbeat that was sent at the given moment.
  ///
  /// - Returns: whether the answer is news.
  package mutating func heartbeatAnswered(
    _ answer: HeartbeatAnswer, sent: ContinuousClock.Instant, _ now: ContinuousClock.Instant
  ) -> Bool {
    pace.finish(now)
    if answer != .stale { heldUntil = max(heldUntil, sent + lease) }
    return answer.stopReason.map { stop($0) } ?? false
  }

  /// Requests that the training stop.
  ///
  /// - Returns: whether this changes what the job does.
  package mutating func stop(_ reason: StopReason) -> Bool {
    if let stopReason, stopReason.rank >= reason.rank { return false }
    stopReason = reason
    return true
  }

  /// The training's files are in place.
  package mutating func finish() {
    isFinished = true
  }

  /// How to hand the job back, once the training thread has ended.
  package var closing: JobClosing {
    if stopReason == .stale { return .drop }
    if isFinished { return .complete }
    switch stopReason {
    case .paused: return .release(.paused)
    case .drained: return .release(.drained)
    case .cancelled: return .release(.cancelled)
    case .waiting(let reason): return .release(.waiting(reason))
    case .hostFault(let fault): return .refuse(fault)
    case .failed(let error, let permanent): return .fail(error, permanent: permanent)
    case .stale: return .drop
    case nil: return .fail("the training ended before its last step", permanent: false)
    }
  }
}
