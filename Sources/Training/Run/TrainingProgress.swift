/// The progress of a run after a step.
package struct TrainingProgress: Sendable {
  package let stage: String
  /// The number of finished steps.
  package let step: Int
  package let steps: Int
  package let figures: [TrainingFigure]
  package let rate: Double
  package let gradientNorm: Double
  /// Averaged over the last minute.
  package let stepsPerSecond: Double
  package let samplesPerSecond: Double
  /// Held-out figures; empty unless the step evaluated.
  package let evaluation: [TrainingFigure]

  package init(
    stage: String, step: Int, steps: Int, figures: [TrainingFigure], rate: Double, gradientNorm: Double,
    stepsPerSecond: Double, samplesPerSecond: Double, evaluation: [TrainingFigure] = []
  ) {
    self.stage = stage
    self.step = step
    self.steps = steps
    self.figures = figures
    self.rate = rate
    self.gradientNorm = gradientNorm
    self.stepsPerSecond = stepsPerSecond
    self.samplesPerSecond = samplesPerSecond
    self.evaluation = evaluation
  }

  package var secondsLeft: Double { stepsPerSecond > 0 ? Double(steps - step) / stepsPerSecond : 0 }
}

/// The outcome of a run.
package enum TrainingOutcome: Equatable, Sendable {
  case finished
  /// The run stopped on request, and its state after `step` steps is saved.
  case interrupted(step: Int)
}
