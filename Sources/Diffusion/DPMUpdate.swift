import Engine
import Foundation

/// One update of DPM-Solver++, deterministic or stochastic, of order one or two.
///
/// Source: Lu et al., "DPM-Solver++", 2022, algorithms 1 and 2; for the stochastic form its appendix B.
struct DPMUpdate: Sendable {
  /// Whether new noise replaces a part of the old one.
  let isStochastic: Bool
  /// Whether the second order integrates the slope exactly instead of by its value at the middle.
  let usesHeun: Bool

  /// - Parameters:
  ///   - sample: at the level `here`.
  ///   - original: the clean sample that the network predicts at `here`.
  ///   - other: a prediction at another level, and the distance of λ from there to `here` in units of the step; nil for
  ///     the first order.
  ///   - noise: unit noise; nil unless the update is stochastic.
  /// - Returns: the sample at the level `target`.
  func callAsFunction(
    _ sample: Tensor, from here: SolverGrid.Level, to target: SolverGrid.Level, original: Tensor,
    other: (prediction: Tensor, ratio: Float)?, noise: Tensor?
  ) -> Tensor {
    let distance = target.lambda - here.lambda
    let speed: Float = isStochastic ? 2 : 1
    let decay = exp(-speed * distance) - 1
    let first = target.signal * decay
    let kept = target.noise / here.noise * (isStochastic ? exp(-distance) : 1)
    var terms = [(factor: kept, tensor: sample)]
    if let other {
      let second = usesHeun ? -target.signal * (decay / (speed * distance) + 1) : 0.5 * first
      // The slope is the difference of the two predictions divided by the ratio of their step sizes.
      terms.append((-first - second / other.ratio, original))
      terms.append((second / other.ratio, other.prediction))
    } else {
      terms.append((-first, original))
    }
    if let noise { terms.append((target.noise * (-decay).squareRoot(), noise)) }
    return .linearCombination(terms)
  }
}
