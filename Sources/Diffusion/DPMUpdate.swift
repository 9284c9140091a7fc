import Engine
import Foundation

/// One update of DPM-Solver++, deterministic or stochastic, of order one, two or, from earlier predictions, three.
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

  /// The update of order three.
  ///
  /// - Parameter earlier: the two predictions before `original`, the newer first, and the distances of λ from the second
  ///   to the first and from the first to `here` in units of the step.
  func third(
    _ sample: Tensor, from here: SolverGrid.Level, to target: SolverGrid.Level, original: Tensor,
    earlier: (first: (prediction: Tensor, ratio: Float), second: (prediction: Tensor, ratio: Float)), noise: Tensor?
  ) -> Tensor {
    let distance = target.lambda - here.lambda
    let step = (isStochastic ? 2 : 1) * distance
    let decay = exp(-step) - 1
    // The factors of the prediction, of its slope and of its curvature.
    let value = -target.signal * decay
    let slope = target.signal * (decay / step + 1)
    // The last term has another sign in diffusers' stochastic form.
    let curvature = -target.signal * ((decay + step) / (step * step) + (isStochastic ? 0.5 : -0.5))
    let kept = target.noise / here.noise * (isStochastic ? exp(-distance) : 1)
    let (first, second) = (earlier.first.ratio, earlier.second.ratio)
    // Both derivatives are combinations of the two differences of predictions divided by their distances.
    let newer = (slope * (1 + first / (first + second)) + curvature / (first + second)) / first
    let older = -(slope * first + curvature) / (first + second) / second
    var terms = [
      (factor: kept, tensor: sample), (value + newer, original), (older - newer, earlier.first.prediction),
      (-older, earlier.second.prediction),
    ]
    if let noise { terms.append((target.noise * (-decay).squareRoot(), noise)) }
    return .linearCombination(terms)
  }
}
