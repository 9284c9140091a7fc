/// How a worker's hold on a job ended.
package enum AttemptOutcome: String, CaseIterable, Codable, Hashable, Sendable {
  case completed
  /// The worker returned the job because it drained, the batch was paused or the farm was not ready. Not counted.
  case released
  case failed
  /// The lease expired: the worker crashed, hung or lost the database.
  case expired
  case cancelled
}
