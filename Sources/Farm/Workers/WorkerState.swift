/// The state of a worker's registration.
package enum WorkerState: String, CaseIterable, Codable, Hashable, Sendable {
  case active
  /// The worker finishes or returns the jobs it holds and claims no more.
  case draining
  /// The worker deregistered.
  case gone
  /// The worker was silent for too long.
  case lost
}
