import Checkpoints
import Datasets
import Files
import Logging
import Specifications
import Training

extension TrainingJobRun {
  /// Handles a thrown error: decides whether another attempt may help.
  func failed(_ error: any Error) {
    if course.withLock({ $0.stop(Self.stopReason(for: error)) }) {
      logger.error("the training stops", metadata: ["error": "\(error)"])
    }
  }

  private static func stopReason(for error: any Error) -> StopReason {
    switch error {
    case let error as TrainingError where error.code == .locked:
      // A worker that lost its lease stops as soon as it learns of it.
      .waiting(error.description)
    case let error as FileError where error.code == .full:
      // The host is at fault, so the job keeps its attempts.
      .waiting(error.description)
    case is TrainingError, is CheckpointError, is DatasetError, is BatchSpecError:
      .failed("\(error)", permanent: true)
    default:
      .failed("\(error)", permanent: false)
    }
  }
}
