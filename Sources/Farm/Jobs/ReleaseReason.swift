/// Why a worker returns a job before it is complete.
package enum ReleaseReason: Hashable, Sendable {
  /// The worker is stopping.
  case drained
  /// The batch is paused.
  case paused
  /// The batch is cancelled.
  case cancelled
  /// Images were rejected: their slots are rendered again with their next seeds.
  case toppedUp
  /// The cause lies with the farm (full disk, missing model folder), so the job is retried after a short delay.
  case waiting(String)

  /// The text recorded in the attempt's row.
  package var text: String {
    switch self {
    case .drained: "the worker drained"
    case .paused: "the batch was paused"
    case .cancelled: "the batch was cancelled"
    case .toppedUp: "images were rejected and are tried again with other seeds"
    case .waiting(let reason): reason
    }
  }
}
