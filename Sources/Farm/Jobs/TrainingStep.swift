/// A worker's progress on a training.
package struct TrainingStep: Hashable, Sendable {
  /// Completed steps.
  package let step: Int
  package let loss: Double
  package let stepsPerSecond: Double

  package init(step: Int, loss: Double, stepsPerSecond: Double) {
    self.step = step
    self.loss = loss
    self.stepsPerSecond = stepsPerSecond
  }
}
