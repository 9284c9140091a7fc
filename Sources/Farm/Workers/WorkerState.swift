/// Where a worker stands.
package enum WorkerState: String, CaseIterable, Codable, Hashable, Sendable {
  case active
  /// Finishes or gives back what it holds, and claims nothing more.
  case draining
  /// Said goodbye.
  case gone
  /// Was silent for too long.
  case lost
}
