import ArgumentParser
import Engine
import Foundation
import Training

/// What all `emofarm train` commands have in common.
struct TrainingFlags: ParsableArguments {
  @Option(help: ArgumentHelp("Optimizer steps.", valueName: "n"))
  var steps: Int?

  @Option(help: ArgumentHelp("Samples of a step.", valueName: "n"))
  var batch: Int?

  @Option(name: .customLong("lr"), help: ArgumentHelp("The highest learning rate.", valueName: "x"))
  var rate: Double?

  @Option(help: ArgumentHelp("adamw or sgd (with momentum 0.9).", valueName: "name"))
  var optimizer: OptimizerName = .adamw

  @Option(help: ArgumentHelp("Weight decay; 0.01 for adamw and 0 for sgd by default.", valueName: "x"))
  var weightDecay: Double?

  @Option(help: ArgumentHelp("Steps in which the learning rate rises to its highest.", valueName: "n"))
  var warmUp: Int?

  @Option(help: ArgumentHelp("constant or cosine: the learning rate after that.", valueName: "name"))
  var schedule: LearningRate.Shape?

  @Option(help: ArgumentHelp("Of everything random: the same seed gives the same weights.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(help: ArgumentHelp("Cores to train with; 0 for all. The weights do not depend on it.", valueName: "n"))
  var threads = 0

  var threadCount: Int { threads > 0 ? threads : ProcessInfo.processInfo.activeProcessorCount }

  func validate() throws {
    for (name, value) in [("steps", steps), ("batch", batch)] where value.map({ $0 < 1 }) ?? false {
      throw ValidationError("--\(name) is a number above 0.")
    }
    guard rate.map({ $0 > 0 && $0.isFinite }) ?? true else { throw ValidationError("--lr is a number above 0.") }
    guard weightDecay.map({ $0 >= 0 && $0.isFinite }) ?? true else {
      throw ValidationError("--weight-decay is 0 or more.")
    }
    guard warmUp.map({ $0 >= 0 }) ?? true else { throw ValidationError("--warm-up is 0 or more.") }
    guard threads >= 0 else { throw ValidationError("--threads is 0 or more.") }
  }

  func options(steps: Int, rate: Double, warmUp: Int, shape: LearningRate.Shape) -> TrainingOptions {
    TrainingOptions(
      steps: self.steps ?? steps, optimizer: optimizer.optimizer(weightDecay: weightDecay),
      rate: LearningRate(
        peak: self.rate ?? rate, warmUpSteps: self.warmUp ?? warmUp, shape: schedule ?? shape),
      seed: seed, checkpointEvery: 100, evaluateEvery: 250, logEvery: 10)
  }

  /// Runs to the end with a line of progress; Ctrl-C saves.
  ///
  /// - Throws: `Interrupt.Interrupted` that says how to go on.
  func follow(_ run: TrainingRun, exportTo folder: String) throws {
    let interrupt = Interrupt()
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
        description: "interrupted: step \(TrainingText.count(step)) is saved, and the same command goes on from there")
    }
  }
}
