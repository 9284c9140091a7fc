import Checkpoints
import EmoGen
import Farm
import Files
import Logging
import Vocabulary

extension ImageJobRun {
  /// Handles a thrown error: decides whether the job or the farm is at fault, and whether another attempt may help.
  func failed(_ error: any Error) async {
    let reason = await stopReason(for: error)
    if course.withLock({ $0.stop(reason) }) {
      logger.error("the job stops", metadata: ["error": "\(error)"])
    }
  }

  private func stopReason(for error: any Error) async -> StopReason {
    switch error {
    case let error as FarmError where [.diskFull, .fileSystem, .storeRefused].contains(error.code):
      .waiting(error.message)
    case let error as ImpossibleJob:
      .failed(error.reason, permanent: true)
    case let error as ModelMismatch:
      .failed(await explain(error), permanent: true)
    case let error as CheckpointError:
      .failed(error.description, permanent: true)
    case let error as RenderError:
      .failed(error.description, permanent: true)
    default:
      .failed("\(error)", permanent: false)
    }
  }

  /// Names the files of a model folder that have changed since the model was registered.
  private func explain(_ mismatch: ModelMismatch) async -> String {
    let model = mismatch.loaded
    let registered = try? await services.line.attempt { [services, job] in
      try await services.database.models.find(job.model.name)
    }
    do {
      if let registered, registered.digest == mismatch.wanted {
        try registered.check(model.named(job.model.name))
      }
    } catch {
      return "\(error)"
    }
    return """
      the model '\(job.model.name)' in \(model.folder) is not the one this batch was enqueued for \
      (digest \(model.digest.prefix(12)), the batch needs \(mismatch.wanted.prefix(12))): \
      restore its files, or enqueue a new batch
      """
  }
}
