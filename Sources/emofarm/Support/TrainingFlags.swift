import Admin
import ArgumentParser
import Engine
import Files
import Foundation
import Training
import Vocabulary

/// Flags that all `emofarm train` commands share.
struct TrainingFlags: ParsableArguments {
  @Option(help: ArgumentHelp("Optimizer steps.", valueName: "n"))
  var steps: Int?

  @Option(help: ArgumentHelp("Samples per batch.", valueName: "n"))
  var batch: Int?

  @Option(help: ArgumentHelp("Batches per step, whose gradients are averaged.", valueName: "n"))
  var accumulate = 1

  @Option(help: ArgumentHelp("Maximum global gradient norm; the stage's own by default.", valueName: "x"))
  var gradientClip: Double?

  @Option(name: .customLong("lr"), help: ArgumentHelp("Peak learning rate.", valueName: "x"))
  var rate: Double?

  @Option(help: ArgumentHelp("adamw or sgd (with momentum 0.9).", valueName: "name"))
  var optimizer: TrainingSettings.OptimizerName = .adamw

  @Option(help: ArgumentHelp("Weight decay; 0.01 for adamw and 0 for sgd by default.", valueName: "x"))
  var weightDecay: Double?

  @Option(help: ArgumentHelp("Warm-up steps, in which the learning rate rises to its peak.", valueName: "n"))
  var warmUp: Int?

  @Option(help: ArgumentHelp("The learning rate's schedule after the warm-up: constant or cosine.", valueName: "name"))
  var schedule: LearningRate.Shape?

  @Option(help: ArgumentHelp("Seed of all random numbers: the same seed gives the same weights.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(help: ArgumentHelp("Cores to train with; 0 for all. The weights do not depend on it.", valueName: "n"))
  var threads = 0

  var threadCount: Int { threads > 0 ? threads : ProcessInfo.processInfo.activeProcessorCount }

  func validate() throws {
    do {
      try settings(over: TrainingSettings(steps: 1, batch: 1, rate: 1, warmUp: 0, schedule: .constant)).check()
    } catch {
      throw error.ofFlag
    }
    guard threads >= 0 else { throw ValidationError("--threads must be 0 or greater.") }
  }

  /// A stage's own settings, overridden by the flags.
  func settings(over defaults: TrainingSettings) -> TrainingSettings {
    var settings = defaults
    settings.steps = steps ?? settings.steps
    settings.batch = batch ?? settings.batch
    settings.accumulate = accumulate
    settings.clip = gradientClip ?? settings.clip
    settings.rate = rate ?? settings.rate
    settings.optimizer = optimizer
    settings.weightDecay = weightDecay ?? settings.weightDecay
    settings.warmUp = warmUp ?? settings.warmUp
    settings.schedule = schedule ?? settings.schedule
    settings.seed = seed
    return settings
  }

  /// Trains according to a plan and shows progress; Ctrl-C saves the state.
  ///
  /// - Returns: the exported task.
  @discardableResult
  func follow(_ plan: TrainingPlan, on compute: Compute) throws -> any TrainingTask {
    let prepared = try plan.prepare(on: compute, notice: { Console.say($0) })
    try follow(prepared.run, exportTo: prepared.out)
    return prepared.task
  }

  /// Runs to the end and shows progress; Ctrl-C saves the state.
  ///
  /// - Throws: `Interrupt.Interrupted` with a message that says how to continue.
  func follow(_ run: TrainingRun, exportTo folder: String) throws {
    let interrupt = Interrupt()
    let gates = DebugGates()
    var line = ProgressLine()
    var printed: ContinuousClock.Instant?
    defer { line.clear() }
    let outcome = try run.run(
      exportTo: folder, shouldStop: { interrupt.isRaised },
      notice: { text in
        line.clear()
        Console.say(text)
      },
      report: { progress in
        gates.pass("trained-\(progress.step)")
        let now = ContinuousClock.now
        let isDue = printed.map { now - $0 > .seconds(10) } ?? true
        if Console.canRedrawError {
          line.show(TrainingText.line(progress))
        } else if isDue || !progress.evaluation.isEmpty || progress.step == progress.steps {
          printed = now
          Console.say(TrainingText.line(progress))
        }
      })
    line.clear()
    if case .interrupted(let step) = outcome {
      throw Interrupt.Interrupted(
        description: "interrupted: step \(TrainingText.count(step)) is saved, and the same command continues from there"
      )
    }
  }
}

extension TrainingSettings.OptimizerName: ExpressibleByArgument {}
extension LearningRate.Shape: ExpressibleByArgument {}

extension SettingError {
  /// Turns a setting's error into the error of its flag.
  var ofFlag: ValidationError {
    let flag = key == "learning_rate" ? "lr" : key.replacing("_", with: "-")
    return ValidationError("--\(flag)\(reason).")
  }
}
