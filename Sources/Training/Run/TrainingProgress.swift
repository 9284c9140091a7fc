/// Where a run is.
package struct TrainingProgress: Sendable {
  package let stage: String
  /// Finished steps.
  package let step: Int
  package let steps: Int
  package let figures: [TrainingFigure]
  package let rate: Double
  package let gradientNorm: Double
  package let stepsPerSecond: Double
  /// Held-out figures, where this step evaluated.
  package let evaluation: [TrainingFigure]

  package var secondsLeft: Double { stepsPerSecond > 0 ? Double(steps - step) / stepsPerSecond : 0 }
}

/// How a run ended.
package enum TrainingOutcome: Equatable, Sendable {
  case finished
  /// Stopped on request with everything saved after `step` steps.
  case interrupted(step: Int)
}
