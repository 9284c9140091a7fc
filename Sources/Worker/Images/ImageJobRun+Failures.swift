import Checkpoints
import EmoGen
import Farm
import Files
import Logging
import Vocabulary

extension ImageJobRun {
  /// Handles a thrown error: ``Fault`` decides what becomes of the job and the worker.
  func failed(_ error: any Error) async {
    let reason = await stopReason(for: error)
    if course.withLock({ $0.stop(reason) }) {
      logger.error("the job stops", metadata: ["error": "\(error)"])
    }
  }

  private func stopReason(for error: any Error) async -> StopReason {
    let text = Self.text(error)
    switch Fault(error, of: .images) {
    case .job: return .failed(text, permanent: false)
    // A picture that this host cannot read makes the request look impossible.
    case .specification where job.settings.source != nil:
      return await fileStopReason(for: error)
    case .specification: return .failed(text, permanent: true)
    case .farm: return .waiting((error as? FarmError)?.message ?? text)
    case .host:
      if let error = error as? FarmError, error.code != .badRow {
        return .hostFault(HostFault(reason: text, check: .store))
      }
      return error is ModelMismatch || error is CheckpointError
        ? await fileStopReason(for: error) : .hostFault(HostFault(reason: text, check: .nextJob))
    }
  }

  /// The job's files could not be read, or others were read: this host's copies are at fault, unless they are the very
  /// ones that the batch asks for, or the farm itself has replaced the model.
  private func fileStopReason(for error: any Error) async -> StopReason {
    let check = HostCheck.files(job.model, job.settings, classifiers: job.classifiers)
    if let problem = await services.problem(with: check) {
      let registered = try? await services.line.attempt { [services, job] in
        try await services.database.models.find(job.model.name)
      }
      guard let registered, registered.digest != job.model.digest else {
        return .hostFault(HostFault(reason: await explain(error) ?? problem, check: check))
      }
      return .failed(
        """
        the model '\(job.model.name)' was registered again since this batch was enqueued (digest \
        \(registered.digest.prefix(12)), the batch needs \(job.model.digest.prefix(12))): restore its files, or \
        enqueue a new batch
        """, permanent: true)
    }
    return .failed(Self.text(error), permanent: true)
  }

  private static func text(_ error: any Error) -> String { (error as? ImpossibleJob)?.reason ?? "\(error)" }

  /// Names the files of the model folder that have changed since the model was registered; nil if it was not loaded.
  private func explain(_ error: any Error) async -> String? {
    guard let mismatch = error as? ModelMismatch else { return Self.text(error) }
    let registered = try? await services.line.attempt { [services, job] in
      try await services.database.models.find(job.model.name)
    }
    do {
      try registered?.check(mismatch.loaded.named(job.model.name))
      return nil
    } catch {
      return "\(error)"
    }
  }
}
