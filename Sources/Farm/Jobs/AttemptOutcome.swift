/// How a worker's hold on a job ended.
package enum AttemptOutcome: String, CaseIterable, Codable, Hashable, Sendable {
  case completed
  /// Given back unharmed: drained, paused or waiting for the farm. Not counted as an attempt.
  case released
  case failed
  /// The lease ran out: the worker crashed, hung or lost the database.
  case expired
  case cancelled
}
