package import Engine
package import Vocabulary

extension TrainingPlan {
  /// Locks the run's folder, loads what the stage needs and makes its task and run.
  ///
  /// - Parameters:
  ///   - notice: hears what people should know, such as pictures that cannot be used.
  ///   - onBlock: runs after each part of the work; what it throws ends it.
  /// - Throws: `TrainingError`, `DatasetError`, `CheckpointError`.
  package func prepare(
    on compute: Compute, notice: (String) -> Void = { _ in }, onBlock: () throws -> Void = {}
  ) throws -> PreparedTraining {
    let folder = run ?? "\(out)/run"
    let lock = try RunLock(folder: folder)
    let task: any TrainingTask
    switch stage {
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
        folder: folder, task: task, options: settings.options, identity: identity, compute: compute, lock: lock),
      out: out)
  }

  /// What the weights depend on beside the run's options, in words: a run goes on only if it is the same.
  package var identity: String {
    switch stage {
    case .encoder(let plan): plan.identity(data, settings)
    case .classifier(let plan): plan.identity(data, settings)
    case .mapper(let plan): plan.identity(data, settings)
    }
  }
}
