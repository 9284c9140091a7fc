import Checkpoints
package import Engine
package import Vocabulary

extension TrainingPlan {
  /// Locks the run's folder, checks the digests of the files that are added to a base model, loads the inputs of the
  /// stage and creates its task and run.
  ///
  /// - Parameters:
  ///   - identity: of the plan as it was requested, if its inputs are read elsewhere.
  ///   - notice: called with messages for the user, such as images that cannot be used.
  ///   - onBlock: called after each part of the work; throwing stops it.
  /// - Throws: `TrainingError`, `DatasetError`, `CheckpointError`.
  package func prepare(
    on compute: Compute, identity: String? = nil, notice: (String) -> Void = { _ in }, onBlock: () throws -> Void = {}
  ) throws -> PreparedTraining {
    let folder = run ?? "\(out)/run"
    let lock = try RunLock(folder: folder)
    let plan = try mapFiles { try $0.identified() }
    let task: any TrainingTask
    switch plan.stage {
    case .encoder(let plan):
      task = try plan.task(data, settings, in: folder, notice: notice, onBlock: onBlock)
    case .classifier(let plan):
      task = try plan.task(data, settings, on: compute, notice: notice, onBlock: onBlock)
    case .mapper(let plan):
      task = try plan.task(data, settings, in: folder, on: compute, notice: notice, onBlock: onBlock)
    }
    return PreparedTraining(
      task: task,
      run: try TrainingRun(
        folder: folder, task: task, options: settings.options, identity: identity ?? plan.identity, compute: compute,
        lock: lock),
      out: out)
  }

  /// Describes what the weights depend on in addition to the run's options. A run resumes only if it is unchanged.
  package var identity: String {
    switch stage {
    case .encoder(let plan): plan.identity(data, settings)
    case .classifier(let plan): plan.identity(data, settings)
    case .mapper(let plan): plan.identity(data, settings)
    }
  }
}

/// A training that is ready to run.
package struct PreparedTraining {
  package let task: any TrainingTask
  package let run: TrainingRun
  /// The folder to which the result is exported.
  package let out: String
}
