package import Engine

/// A training in full: what the flags of a command or the specification of a job ask for.
package struct TrainingPlan: Hashable, Sendable {
  /// What is trained, with the settings of its own.
  package enum Stage: Hashable, Sendable {
    case encoder(EncoderPlan)
    case classifier(ClassifierPlan)
    case mapper(MapperPlan)
  }

  package var stage: Stage
  package var data: TrainingPictures
  package var settings: TrainingSettings
  /// The folder for the stage's files, which change only when the training has ended.
  package var out: String
  /// The run's folder; `<out>/run` where nil.
  package var run: String?

  package init(
    stage: Stage, data: TrainingPictures = TrainingPictures(), settings: TrainingSettings, out: String,
    run: String? = nil
  ) {
    self.stage = stage
    self.data = data
    self.settings = settings
    self.out = out
    self.run = run
  }

  package func check() throws(TrainingSettingError) {
    guard !out.isEmpty else { throw TrainingSettingError("out", "names no folder") }
    try data.check()
    try settings.check()
    switch stage {
    case .encoder(let plan): try plan.check()
    case .classifier(let plan): try plan.check()
    case .mapper(let plan): try plan.check()
    }
  }

  /// Locks the run's folder, loads what the stage needs and makes its task and run.
  ///
  /// - Parameters:
  ///   - notice: hears what people should know, such as pictures that cannot be used.
  ///   - onBlock: runs after each part of the work; what it throws ends it.
  /// - Throws: `RunLocked`, `TrainingError`, `DatasetError`, `CheckpointError`.
  package func prepare(
    on compute: Compute, notice: (String) -> Void = { _ in }, onBlock: () throws -> Void = {}
  ) throws -> PreparedTraining {
    let folder = run ?? "\(out)/run"
    let lock = try RunLock(folder: folder)
    let task: any TrainingTask
    let identity: String
    switch stage {
    case .encoder(let plan):
      task = try plan.task(data, settings, in: folder, notice: notice, onBlock: onBlock)
      identity = plan.identity(data, settings)
    case .classifier(let plan):
      task = try plan.task(data, settings, on: compute, notice: notice, onBlock: onBlock)
      identity = plan.identity(data, settings)
    case .mapper(let plan):
      task = try plan.task(data, settings, in: folder, on: compute, notice: notice, onBlock: onBlock)
      identity = plan.identity(data, settings)
    }
    return PreparedTraining(
      task: task,
      run: try TrainingRun(
        folder: folder, task: task, options: settings.options, identity: identity, compute: compute, lock: lock),
      out: out)
  }

  /// The plan with relative folders and files taken from a folder.
  package func relative(to base: String) -> TrainingPlan {
    func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(base)/\(path)" }
    var plan = self
    plan.out = absolute(out)
    plan.run = run.map(absolute)
    plan.data.folder = data.folder.map(absolute)
    switch stage {
    case .encoder(var own):
      own.from = own.from.map(absolute)
      plan.stage = .encoder(own)
    case .classifier(var own):
      own.clip = absolute(own.clip)
      plan.stage = .classifier(own)
    case .mapper(var own):
      own.model = absolute(own.model)
      plan.stage = .mapper(own)
    }
    return plan
  }
}
