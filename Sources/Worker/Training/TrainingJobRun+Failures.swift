import Logging

extension TrainingJobRun {
  /// Handles a thrown error: ``Fault`` decides what becomes of the job and the worker.
  func failed(_ error: any Error) {
    if course.withLock({ $0.stop(Self.stopReason(for: error)) }) {
      logger.error("the training stops", metadata: ["error": "\(error)"])
    }
  }

  private static func stopReason(for error: any Error) -> StopReason {
    switch Fault(error, of: .training) {
    case .job: .failed("\(error)", permanent: false)
    case .specification: .failed("\(error)", permanent: true)
    case .host: .hostFault(HostFault(reason: "\(error)", check: .nextJob))
    case .farm: .waiting("\(error)")
    }
  }
}
