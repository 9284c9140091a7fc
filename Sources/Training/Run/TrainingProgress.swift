/// Where a run is, after each step.
package struct TrainingProgress: Sendable {
  package let stage: String
  /// Finished steps.
  package let step: Int
  package let steps: Int
  package let figures: [TrainingFigure]
  package let rate: Double
  package let gradientNorm: Double
  /// Over the last minute.
  package let stepsPerSecond: Double
  package let samplesPerSecond: Double
  /// Held-out figures, where this step evaluated.
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

/// How a run ended.
package enum TrainingOutcome: Equatable, Sendable {
  case finished
  /// Stopped on request with everything saved after `step` steps.
  case interrupted(step: Int)
}
