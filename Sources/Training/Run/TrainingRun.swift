import Checkpoints
package import Engine
import Files
import Foundation
import Vocabulary

/// Runs a stage from its first step to its export. One folder holds everything needed to resume after an interruption:
/// `checkpoint.safetensors` and the previous one, `metrics.jsonl`, `samples`, `run.json` and the overview `index.html`.
package final class TrainingRun {
  private let folder: String
  private let task: any TrainingTask
  private let options: TrainingOptions
  private let compute: Compute
  private let log: TrainingLog
  private let page: TrainingPage
  private let checkpoint: TrainingCheckpoint
  private let identity: RunIdentity
  private let lock: RunLock?
  private var moments: [String: [Tensor]] = [:]
  private var averages: [String: Tensor] = [:]

  /// - Parameters:
  ///   - folder: the run folder, created if it is missing; a run with the same identity is resumed.
  ///   - identity: what the run depends on in addition to its options, such as digests of its inputs.
  ///   - lock: the folder's lock, if the caller holds it; otherwise `run` and `train` acquire it.
  /// - Throws: `FileError` if the folder cannot be used.
  package init(
    folder: String, task: any TrainingTask, options: TrainingOptions, identity: String, compute: Compute,
    lock: RunLock? = nil
  ) throws {
    self.folder = folder
    self.task = task
    self.options = options
    self.compute = compute
    self.lock = lock
    try Folder.make(folder)
    log = TrainingLog(folder: folder)
    checkpoint = TrainingCheckpoint(path: "\(folder)/checkpoint.safetensors")
    self.identity = try RunIdentity(stage: task.name, options: options, inputs: identity)
    page = TrainingPage(path: "\(folder)/index.html", identity: self.identity, options: options)
    for parameter in task.parameters.all {
      if parameter.isTrainable {
        moments[parameter.name] = (0..<options.optimizer.moments).map { _ in Tensor(parameter.value.shape) }
      }
      if options.average != nil {
        averages[parameter.name] = Tensor(parameter.value.shape, parameter.value.values)
      }
    }
  }

  /// Trains from the last checkpoint, or from the beginning, to the end, and exports the result.
  ///
  /// - Parameters:
  ///   - export: the folder for the stage's files.
  ///   - shouldStop: called after every step, before the step is written; returning true saves the state and returns,
  ///     throwing stops the run without changing the folder.
  ///   - notice: called with messages for the user, such as a damaged checkpoint.
  ///   - report: called after every step.
  /// - Throws: `TrainingError` if a loss, gradient or weight is not finite, `CheckpointError` or `FileError` if the
  ///   folder cannot be written, `TrainingError` (`locked`) if another process trains in it, and the errors of the
  ///   task. The last checkpoint is kept.
  package func run(
    exportTo export: String, shouldStop: () throws -> Bool = { false }, notice: (String) -> Void = { _ in },
    report: (TrainingProgress) -> Void = { _ in }
  ) throws -> TrainingOutcome {
    let held = try lock ?? RunLock(folder: folder)
    defer { withExtendedLifetime(held) {} }
    let outcome = try advance(shouldStop: shouldStop, notice: notice, report: report)
    if outcome == .finished { try self.export(to: export) }
    return outcome
  }

  /// Trains like `run`, but does not export.
  package func train(
    shouldStop: () throws -> Bool = { false }, notice: (String) -> Void = { _ in },
    report: (TrainingProgress) -> Void = { _ in }
  ) throws -> TrainingOutcome {
    let held = try lock ?? RunLock(folder: folder)
    defer { withExtendedLifetime(held) {} }
    return try advance(shouldStop: shouldStop, notice: notice, report: report)
  }

  /// Trains to the end or until stopped; the caller holds the folder's lock.
  private func advance(
    shouldStop: () throws -> Bool, notice: (String) -> Void, report: (TrainingProgress) -> Void
  ) throws -> TrainingOutcome {
    // A process that was killed while saving leaves a partial checkpoint.
    for folder in [folder, "\(folder)/samples"] { try DurableFile.removeLeftovers(in: folder) }
    var step =
      try checkpoint.restore(
        task.parameters, moments: moments, averages: averages, identity: identity, notice: notice) ?? 0
    try log.open(keeping: step)
    try RunRecord(identity, options, parameters: task.parameters, engine: compute.kind).write(to: "\(folder)/run.json")
    let clock = ContinuousClock()
    var logged = clock.now
    var pace = StepPace(step: step, at: clock.now)
    var saved = step
    while step < options.steps {
      task.parameters.zeroGradients()
      let figures = try accumulate(step: step)
      let norm = try gradientNorm(figures, step: step, saved: saved)
      let rate = options.rate.at(step, of: options.steps)
      apply(norm: norm, rate: rate, step: step)
      step += 1
      let last = step == options.steps
      var evaluation = TrainingEvaluation()
      if options.evaluateEvery > 0, step % options.evaluateEvery == 0 || last {
        try checkState(step: step, saved: saved)
        evaluation = try withAverages { try task.evaluate(step: step, on: compute) }
      }
      let stepsPerSecond = pace.note(step, at: clock.now)
      let progress = TrainingProgress(
        stage: task.name, step: step, steps: options.steps, figures: figures, rate: rate, gradientNorm: norm,
        stepsPerSecond: stepsPerSecond, samplesPerSecond: stepsPerSecond * Double(task.batch * batches),
        evaluation: evaluation.figures)
      report(progress)
      let stopping = try shouldStop()
      let isNews = !evaluation.figures.isEmpty || evaluation.picture != nil
      if step % options.logEvery == 0 || last || isNews {
        let now = clock.now
        try log.append(
          progress, seconds: (now - logged) / .seconds(1), picture: evaluation.picture, confusion: evaluation.confusion)
        logged = now
      }
      let isSaved = step % options.checkpointEvery == 0 || last || stopping
      if isSaved {
        try checkState(step: step, saved: saved)
        try checkpoint.save(
          task.parameters, moments: moments, averages: averages, step: step, identity: identity)
        saved = step
      }
      if isSaved || isNews {
        try page.write(log, last ? .finished : stopping ? .interrupted : .running, step: step)
      }
      if stopping, !last { return .interrupted(step: step) }
    }
    return .finished
  }

  /// Writes the stage's files with the current weights.
  package func export(to folder: String) throws {
    try withAverages { try task.export(to: folder, on: compute) }
  }

  /// The number of batches per step.
  private var batches: Int { options.accumulate ?? 1 }

  /// Accumulates the gradients of a step's batches and returns the means of their figures.
  private func accumulate(step: Int) throws -> [TrainingFigure] {
    let all = try (0..<batches).map { try task.accumulate(step: step * batches + $0, on: compute) }
    return all[0].enumerated().map { index, figure in
      TrainingFigure(figure.name, all.reduce(0) { $0 + $1[index].value } / Double(batches))
    }
  }

  /// The norm of the batches' mean gradient over all parameters.
  ///
  /// - Throws: `TrainingError` if a figure or gradient is not finite.
  private func gradientNorm(_ figures: [TrainingFigure], step: Int, saved: Int) throws -> Double {
    let sums = task.parameters.all.filter(\.isTrainable).map { ($0.name, compute.squaredSum($0.gradient)) }
    let bad = sums.first { !$0.1.isFinite }?.0
    let figure = figures.first { !$0.value.isFinite }
    guard bad == nil, figure == nil else {
      let what = [
        figure.map { "\($0.name) is \($0.value)" }, bad.map { "the gradient of \($0) is not a number" },
      ].compactMap { $0 }.joined(separator: ", and ")
      throw TrainingError("\(task.name): step \(step): \(what). \(advice(saved: saved))")
    }
    return sums.reduce(0) { $0 + $1.1 }.squareRoot() / Double(batches)
  }

  /// Checks the state before it is saved or evaluated, so that the last finite state stays on disk.
  ///
  /// - Throws: `TrainingError` if a weight, moment or average is not finite.
  private func checkState(step: Int, saved: Int) throws {
    let bad = task.parameters.all.first { parameter in
      let own = [parameter.value] + (moments[parameter.name] ?? []) + (averages[parameter.name].map { [$0] } ?? [])
      return !own.allSatisfy(\.isFinite)
    }
    guard let bad else { return }
    throw TrainingError(
      "\(task.name): step \(step): the update left numbers in \(bad.name) that are not finite. \(advice(saved: saved))")
  }

  private func advice(saved: Int) -> String {
    saved > 0
      ? "The state after step \(saved) is in \(folder)/checkpoint.safetensors: resume it with a lower learning rate"
      : "No state has been saved yet: start again with a lower learning rate"
  }

  private func apply(norm: Double, rate: Double, step: Int) {
    let clipped = options.clip.map { min(1, $0 / (norm + 1e-6)) } ?? 1
    let factor = Float(clipped / Double(batches))
    for parameter in task.parameters.all {
      if let own = moments[parameter.name] {
        compute.update(
          parameter, moments: own, by: options.optimizer, rate: rate, step: step + 1, factor: factor)
      }
      guard let decay = options.average, let average = averages[parameter.name] else { continue }
      // A lower decay in the first steps makes the average forget the initial values.
      let own = min(decay, Double(1 + step) / Double(10 + step))
      compute.follow(average, parameter.value, decay: parameter.isTrainable ? Float(own) : 0)
    }
  }

  /// Runs `body` with the weights replaced by their averages, if there are any.
  private func withAverages<T>(_ body: () throws -> T) rethrows -> T {
    exchange()
    defer { exchange() }
    return try body()
  }

  private func exchange() {
    for parameter in task.parameters.all {
      averages[parameter.name]?.exchangeValues(with: parameter.value)
    }
  }
}
