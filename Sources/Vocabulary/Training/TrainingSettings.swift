/// What every stage lets people choose: how long, how fast, and from which seed.
package struct TrainingSettings: Hashable, Sendable {
  /// An optimizer as people name it.
  package enum OptimizerName: String, CaseIterable, Sendable { case adamw, sgd }

  package var steps: Int
  /// Samples of a step.
  package var batch: Int
  /// The highest learning rate.
  package var rate: Double
  package var optimizer = OptimizerName.adamw
  package var weightDecay: Double?
  package var warmUp: Int
  package var schedule: LearningRate.Shape
  package var seed: UInt64 = 0
  package var checkpointEvery = 100
  /// Batches whose mean gradient makes a step: as large a step as memory does not hold at once.
  package var accumulate = 1
  /// The largest norm of all gradients together; no limit where nil.
  package var clip: Double?

  package init(
    steps: Int, batch: Int, rate: Double, warmUp: Int, schedule: LearningRate.Shape, clip: Double? = nil
  ) {
    self.steps = steps
    self.batch = batch
    self.rate = rate
    self.warmUp = warmUp
    self.schedule = schedule
    self.clip = clip
  }

  package func check() throws(TrainingSettingError) {
    for (key, value) in [
      ("steps", steps), ("batch", batch), ("accumulate", accumulate), ("checkpoint_every", checkpointEvery),
    ] where !(1...Int(Int32.max)).contains(value) {
      throw TrainingSettingError(key, "is a number above 0")
    }
    guard rate > 0, rate.isFinite else { throw TrainingSettingError("learning_rate", "is a number above 0") }
    guard weightDecay.map({ $0 >= 0 && $0.isFinite }) ?? true else {
      throw TrainingSettingError("weight_decay", "is 0 or more")
    }
    guard clip.map({ $0 > 0 && $0.isFinite }) ?? true else {
      throw TrainingSettingError("gradient_clip", "is a number above 0")
    }
    guard warmUp >= 0 else { throw TrainingSettingError("warm_up", "is 0 or more") }
  }
}
