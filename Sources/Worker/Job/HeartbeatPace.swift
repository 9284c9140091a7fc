/// When proof of progress becomes a heartbeat: a twentieth of the lease apart, and at least each second, because the
/// answer is also how a cancel or a pause arrives.
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
