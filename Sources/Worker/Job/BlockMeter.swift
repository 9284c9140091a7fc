/// Measures the longest block of work between two proofs of progress.
///
/// Only finished blocks renew a lease, so a lease shorter than a few blocks would expire although the worker is
/// healthy. The rule is five times the longest block.
package struct BlockMeter: Sendable {
  /// Number of longest blocks that must fit into a lease.
  package static let margin = 5

  package let lease: Duration
  package private(set) var longest: Duration = .zero
  private var since: ContinuousClock.Instant
  private var warned: Duration = .zero

  package init(lease: Duration, now: ContinuousClock.Instant) {
    self.lease = lease
    since = now
  }

  /// Notes the start of a block: the time since the last block was waiting, not work.
  package mutating func start(_ now: ContinuousClock.Instant) {
    since = now
  }

  /// A block is finished.
  ///
  /// - Returns: its duration if the lease is too short for it and no block nearly as long was reported before.
  package mutating func finish(_ now: ContinuousClock.Instant) -> Duration? {
    let duration = now - since
    since = now
    longest = max(longest, duration)
    guard duration * Self.margin > lease, duration * 4 > warned * 5 else { return nil }
    warned = duration
    return duration
  }
}
