package import Engine
package import Vocabulary

/// The training options that all stages share.
package struct TrainingOptions: Codable, Hashable, Sendable {
  package var steps: Int
  package var optimizer: Optimizer
  package var rate: LearningRate
  /// The maximum norm of all gradients together; nil for no limit.
  package var clip: Double?
  /// The number of batches whose gradients are averaged in a step; nil for one.
  package var accumulate: Int?
  /// The decay of the moving average of the weights, which is exported; if nil, the weights themselves are exported.
  package var average: Double?
  package var seed: UInt64
  package var checkpointEvery: Int
  /// 0 for never.
  package var evaluateEvery: Int
  package var logEvery: Int

  package init(
    steps: Int, optimizer: Optimizer = .adamW(), rate: LearningRate, clip: Double? = nil, accumulate: Int = 1,
    average: Double? = nil, seed: UInt64 = 0, checkpointEvery: Int = 200, evaluateEvery: Int = 0, logEvery: Int = 10
  ) {
    self.steps = steps
    self.optimizer = optimizer
    self.rate = rate
    self.clip = clip
    // Unset rather than 1, so that the identity of runs from before this option is unchanged.
    self.accumulate = accumulate > 1 ? accumulate : nil
    self.average = average
    self.seed = seed
    self.checkpointEvery = max(1, checkpointEvery)
    self.evaluateEvery = evaluateEvery
    self.logEvery = max(1, logEvery)
  }
}
