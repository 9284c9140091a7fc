/// How long a job rests before it is tried again.
package enum JobBackoff {
  /// The rest after the first unsuccessful attempt.
  package static let base: Duration = .seconds(2)
  /// The longest rest.
  package static let limit: Duration = .seconds(600)
  /// The rest of a job that was given back because the farm could not serve it.
  package static let waiting: Duration = .seconds(10)

  /// Doubles with every attempt, between half and all of it by `jitter` (0 to 1), so that jobs that failed together
  /// do not return together.
  package static func delay(afterAttempt attempt: Int, jitter: Double) -> Duration {
    let doublings = min(max(attempt, 1) - 1, 20)
    let full = min(base * (1 << doublings), limit)
    return full * (0.5 + 0.5 * min(max(jitter, 0), 1))
  }
}
