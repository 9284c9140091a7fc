/// Why a worker gives a job back before it is complete.
package enum ReleaseReason: Hashable, Sendable {
  /// The worker stops.
  case drained
  /// The batch is paused.
  case paused
  /// The batch is cancelled.
  case cancelled
  /// The fault is the farm's (full disk, missing model folder), so the job waits a little and is tried again.
  case waiting(String)

  /// What the attempt's row says.
  package var text: String {
    switch self {
    case .drained: "the worker drained"
    case .paused: "the batch was paused"
    case .cancelled: "the batch was cancelled"
    case .waiting(let reason): reason
    }
  }
}
