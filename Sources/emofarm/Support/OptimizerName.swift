import ArgumentParser
import Engine
import Training

/// An optimizer as a flag names it.
enum OptimizerName: String, CaseIterable, ExpressibleByArgument {
  case adamw, sgd

  /// - Parameter weightDecay: the optimizer's own where nil.
  func optimizer(weightDecay: Double?) -> Optimizer {
    switch self {
    case .adamw: .adamW(weightDecay: weightDecay ?? 1e-2)
    case .sgd: .sgd(weightDecay: weightDecay ?? 0)
    }
  }
}

extension LearningRate.Shape: ExpressibleByArgument {}
