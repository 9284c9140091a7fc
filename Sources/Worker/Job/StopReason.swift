import Farm

/// Why a job stops before its last image.
package enum StopReason: Equatable, Sendable {
  /// The batch is paused: the worker finishes its current images or saves the training's state, and returns the rest.
  case paused
  /// The worker drains: as for a pause.
  case drained
  /// The batch is cancelled: rendering stops between two denoising steps.
  case cancelled
  /// The farm cannot store images now, for example because its disk is full; the job is not at fault.
  case waiting(String)
  /// The worker's host cannot run the job: it goes to another host.
  case hostFault(HostFault)
  /// The job failed.
  case failed(String, permanent: Bool)
  /// Another worker has the lease: this worker must not write anything of the job.
  case stale

  /// Whether the images of the current pass are still wanted.
  package var finishesPass: Bool { self == .paused || self == .drained }

  /// A reason of a higher rank replaces one of a lower rank; the first of equal rank stands.
  package var rank: Int {
    switch self {
    case .paused, .drained: 0
    case .cancelled: 1
    case .waiting: 2
    case .hostFault: 3
    case .failed: 4
    case .stale: 5
    }
  }
}

extension HeartbeatAnswer {
  /// Why the job has to stop; nil if it may go on.
  var stopReason: StopReason? {
    switch self {
    case .proceed: nil
    case .pause: .paused
    case .cancel: .cancelled
    case .stale: .stale
    }
  }
}
