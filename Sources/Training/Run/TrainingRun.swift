package import Engine
import Foundation

/// A stage's way from its first step to its files, with everything needed to go on after an interruption in one folder:
/// `checkpoint.safetensors`, `metrics.jsonl`, `run.json`.
package final class TrainingRun {
  private let folder: String
  private let task: any TrainingTask
  private let options: TrainingOptions
  private let compute: Compute
  private let log: TrainingLog
  private let checkpoint: TrainingCheckpoint
  private let identity: String
  private var moments: [String: [Tensor]] = [:]
  private var averages: [String: Tensor] = [:]

  /// - Parameters:
  ///   - folder: created where it is missing; a run of the same identity in it is continued.
  ///   - identity: what the run depends on beside its options, such as digests of its inputs.
  /// - Throws: `TrainingError` where the folder cannot be used.
  package init(
    folder: String, task: any TrainingTask, options: TrainingOptions, identity: String, compute: Compute
  ) throws {
    self.folder = folder
    self.task = task
    self.options = options
    self.compute = compute
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw TrainingError("the run folder \(folder) cannot be made: \(error.localizedDescription)")
    }
    log = TrainingLog(folder: folder)
    checkpoint = TrainingCheckpoint(path: "\(folder)/checkpoint.safetensors")
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let settings = String(decoding: try encoder.encode(options), as: UTF8.self)
    self.identity = "\(task.name) \(settings) \(identity)"
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
  ///   - export: the folder of the stage's files.
  ///   - shouldStop: asked after every step; true saves and returns.
  ///   - report: hears of every logged step.
  /// - Throws: `TrainingError` at a loss or gradient that is not a number, and what the task throws.
  package func run(
    exportTo export: String, shouldStop: () throws -> Bool = { false }, report: (TrainingProgress) -> Void = { _ in }
  ) throws -> TrainingOutcome {
    var step =
      try checkpoint.restore(task.parameters, moments: moments, averages: averages, identity: identity) ?? 0
    try log.open(keeping: step)
    let clock = ContinuousClock()
    var mark = (step: step, time: clock.now)
    var saved = step
    while step < options.steps {
      task.parameters.zeroGradients()
      let figures = try task.accumulate(step: step, on: compute)
      let norm = try gradientNorm(figures, step: step, saved: saved)
      let rate = options.rate.at(step, of: options.steps)
      apply(norm: norm, rate: rate, step: step)
      step += 1
      let last = step == options.steps
      var evaluation = TrainingEvaluation()
      if options.evaluateEvery > 0, step % options.evaluateEvery == 0 || last {
        evaluation = try withAverages { try task.evaluate(step: step, on: compute) }
      }
      if step % options.logEvery == 0 || last || !evaluation.figures.isEmpty {
        let now = clock.now
        let seconds =
          Double((now - mark.time).components.attoseconds) * 1e-18
          + Double((now - mark.time).components.seconds)
        let progress = TrainingProgress(
          stage: task.name, step: step, steps: options.steps, figures: figures, rate: rate, gradientNorm: norm,
          stepsPerSecond: Double(step - mark.step) / max(1e-9, seconds), evaluation: evaluation.figures)
        mark = (step, now)
        try log.append(progress, seconds: seconds, picture: evaluation.picture)
        report(progress)
      }
      let stopping = try shouldStop()
      if step % options.checkpointEvery == 0 || last || stopping {
        try checkpoint.save(
          task.parameters, moments: moments, averages: averages, step: step, identity: identity)
        saved = step
      }
      if stopping, !last { return .interrupted(step: step) }
    }
    try withAverages { try task.export(to: export, on: compute) }
    return .finished
  }

  /// The norm of all gradients together.
  private func gradientNorm(_ figures: [TrainingFigure], step: Int, saved: Int) throws -> Double {
    let advice =
      saved > 0
      ? "The state after step \(saved) is in \(folder): go on from it with a lower learning rate"
      : "Begin anew with a lower learning rate"
    for figure in figures where !figure.value.isFinite {
      throw TrainingError("\(task.name): step \(step): \(figure.name) is \(figure.value). \(advice)")
    }
    var sum = 0.0
    for parameter in task.parameters.all where parameter.isTrainable {
      let own = compute.squaredSum(parameter.gradient)
      guard own.isFinite else {
        throw TrainingError(
          "\(task.name): step \(step): the gradient of \(parameter.name) is not a number. \(advice)")
      }
      sum += own
    }
    return sum.squareRoot()
  }

  private func apply(norm: Double, rate: Double, step: Int) {
    let factor = options.clip.map { Float(min(1, $0 / (norm + 1e-6))) } ?? 1
    for parameter in task.parameters.all {
      if let own = moments[parameter.name] {
        compute.update(
          parameter, moments: own, by: options.optimizer, rate: rate, step: step + 1, factor: factor)
      }
      guard let decay = options.average, let average = averages[parameter.name] else { continue }
      // The first steps count for more, as the average would otherwise remember the initial values.
      let own = min(decay, Double(1 + step) / Double(10 + step))
      compute.follow(average, parameter.value, decay: parameter.isTrainable ? Float(own) : 0)
    }
  }

  /// Runs `body` with the averages in place of the weights, where there are averages.
  private func withAverages<T>(_ body: () throws -> T) rethrows -> T {
    exchange()
    defer { exchange() }
    return try body()
  }

  private func exchange() {
    for parameter in task.parameters.all {
      guard let average = averages[parameter.name] else { continue }
      let values = average.values
      average.mutablePointer.update(from: parameter.value.pointer, count: values.count)
      values.withUnsafeBufferPointer { source in
        if let base = source.baseAddress { parameter.value.mutablePointer.update(from: base, count: source.count) }
      }
    }
  }
}
