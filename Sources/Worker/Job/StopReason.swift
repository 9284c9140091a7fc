/// Why a job stops before its last image.
package enum StopReason: Equatable, Sendable {
  /// The batch is paused: the images in hand are finished or the training's state is saved, the rest goes back.
  case paused
  /// The worker drains: as for a pause.
  case drained
  /// The batch is cancelled: rendering stops between two denoising steps.
  case cancelled
  /// The farm cannot take images now, for example because its disk is full; no fault of the job.
  case waiting(String)
  /// The job went wrong.
  case failed(String, permanent: Bool)
  /// The lease went to somebody else: nothing of this job is ours any more.
  case stale

  /// Whether the images of the current pass are still wanted.
  package var finishesPass: Bool { self == .paused || self == .drained }

  /// A reason of a higher rank replaces one of a lower rank; the first of equal rank stands.
  package var rank: Int {
    switch self {
    case .paused, .drained: 0
    case .cancelled: 1
    case .waiting: 2
    case .failed: 3
    case .stale: 4
    }
  }
}
