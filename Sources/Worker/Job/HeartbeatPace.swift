/// Decides when progress causes a heartbeat: every twentieth of the lease and at least every second, because the
/// answer also delivers a cancel or a pause.
package struct HeartbeatPace: Sendable {
  package let interval: Duration
  private var next: ContinuousClock.Instant
  private var isUnderWay = false

  package init(lease: Duration, now: ContinuousClock.Instant) {
    interval = min(lease / 20, .seconds(1))
    next = now + interval
  }

  /// Notes progress and returns whether to send a heartbeat for it. Only one is in flight at a time.
  package mutating func isDue(_ now: ContinuousClock.Instant) -> Bool {
    guard !isUnderWay, now >= next else { return false }
    isUnderWay = true
    return true
  }

  /// Notes that the heartbeat was answered or failed.
  package mutating func finish(_ now: ContinuousClock.Instant) {
    isUnderWay = false
    next = now + interval
  }
}
