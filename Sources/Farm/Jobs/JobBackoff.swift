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
