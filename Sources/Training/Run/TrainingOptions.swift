package import Engine
package import Vocabulary

/// How a stage is trained, whatever it trains.
package struct TrainingOptions: Codable, Hashable, Sendable {
  package var steps: Int
  package var optimizer: Optimizer
  package var rate: LearningRate
  /// The largest norm of all gradients together; no limit where nil.
  package var clip: Double?
  /// Batches whose mean gradient makes a step; nil for one.
  package var accumulate: Int?
  /// Decay of the moving average of the weights, which is what is exported; the weights themselves where nil.
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
    // Unset rather than 1: runs of before it existed are the same runs.
    self.accumulate = accumulate > 1 ? accumulate : nil
    self.average = average
    self.seed = seed
    self.checkpointEvery = max(1, checkpointEvery)
    self.evaluateEvery = evaluateEvery
    self.logEvery = max(1, logEvery)
  }
}
