import Engine
package import Vocabulary

extension TrainingSettings {
  /// The options of a run with these settings.
  package var options: TrainingOptions {
    TrainingOptions(
      steps: steps, optimizer: optimizer.optimizer(weightDecay: weightDecay),
      rate: LearningRate(peak: rate, warmUpSteps: warmUp, shape: schedule), clip: clip,
      accumulate: accumulate, seed: seed, checkpointEvery: checkpointEvery, evaluateEvery: 250, logEvery: 10)
  }
}

extension TrainingSettings.OptimizerName {
  /// - Parameter weightDecay: if nil, the optimizer's default applies.
  fileprivate func optimizer(weightDecay: Double?) -> Optimizer {
    switch self {
    case .adamw: .adamW(weightDecay: weightDecay ?? 1e-2)
    case .sgd: .sgd(weightDecay: weightDecay ?? 0)
    }
  }
}
