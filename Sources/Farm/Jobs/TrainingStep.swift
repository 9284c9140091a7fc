/// How far a worker has come with a training.
package struct TrainingStep: Hashable, Sendable {
  /// Finished steps.
  package let step: Int
  package let loss: Double
  package let stepsPerSecond: Double

  package init(step: Int, loss: Double, stepsPerSecond: Double) {
    self.step = step
    self.loss = loss
    self.stepsPerSecond = stepsPerSecond
  }
}
