import Engine
import Foundation
import Vocabulary

/// The timesteps, noise levels and arithmetic of the samplers in the variance-exploding form.
struct EulerGrid: Sendable {
  /// One for each network call, descending; may be fractional.
  let timesteps: [Float]
  /// One for each network call, followed by the level after the last one.
  let sigmas: [Float]
  let initialNoiseScale: Float
  private let prediction: PredictionType
  private let clip: Float?

  /// - Parameters:
  ///   - spacing: of the noise levels; nil for that of the timesteps.
  ///   - clip: the largest magnitude of a predicted clean sample.
  ///   - isLogarithmic: whether the levels of the calls, whatever their timesteps are, and the one after the last call
  ///     are a ramp of the logarithms of the trained ones; a spacing takes its ends from this ramp.
  ///   - isContinuous: whether the network takes ¼ ln σ for the timestep.
  init(
    _ configuration: SchedulerConfiguration, steps: Int, spacing: SigmaSpacing?, clip: Float? = nil,
    isLogarithmic: Bool = false, isContinuous: Bool = false
  ) throws {
    self.clip = clip
    let schedule = try NoiseSchedule(configuration, lastAlpha: 0x1p-24)
    let table = SigmaTable(schedule)
    let timestepSpacing = configuration.timestepSpacing ?? .linspace
    prediction = configuration.predictionType ?? .epsilon
    var visited = timestepSpacing.timesteps(
      steps: steps, trained: schedule.count, offset: configuration.stepsOffset ?? 0
    )
    .map { Float($0) }
    var levels = visited.map { table.sigma(at: Double($0)) }
    if isLogarithmic {
      let ramp = NoiseSchedule.evenlySpaced(log(table.largest), log(table.smallest), steps + 1)
      levels = ramp.map { Double(exp($0)) }
    }
    if let spacing {
      let largest = configuration.sigmaMax ?? levels[0]
      let smallest = configuration.sigmaMin ?? levels[levels.count - 1]
      levels = spacing.levels(from: largest, to: smallest, count: steps)
      visited = levels.map { Float(table.timestep(of: $0)) }
    }
    let last: Float = configuration.finalSigma == .smallest ? table.smallest : 0
    sigmas = levels.map { Float($0) } + [last]
    timesteps = isContinuous ? sigmas.prefix(visited.count).map { 0.25 * log($0) } : visited
    let largest = sigmas.reduce(0, max)
    initialNoiseScale = timestepSpacing == .leading ? (largest * largest + 1).squareRoot() : largest
  }

  /// A clean sample with noise of `call`'s level.
  func noised(_ sample: Tensor, _ noise: Tensor, call: Int) -> Tensor {
    linearCombination((1, sample), (sigmas[call], noise))
  }

  /// The sample scaled to unit variance, on which the network was trained.
  func scaled(_ sample: Tensor, call: Int) -> Tensor {
    let sigma = sigmas[call]
    return linearCombination((1 / (sigma * sigma + 1).squareRoot(), sample))
  }

  /// The derivative of the sample by the noise level at `call`'s level.
  ///
  /// Large terms cancel here, so the expressions round in the same order as those of diffusers.
  func derivative(of sample: Tensor, output: Tensor, call: Int) -> Tensor {
    let sigma = sigmas[call]
    let variance = sigma * sigma + 1
    let skip = -sigma / variance.squareRoot()
    if let clip {
      let original =
        switch prediction {
        case .epsilon: sample.zipped(with: output) { $0 - sigma * $1 }
        case .velocity: sample.zipped(with: output) { $1 * skip + $0 / variance }
        case .sample: output
        }
      return sample.zipped(with: original) { ($0 - min(max($1, -clip), clip)) / sigma }
    }
    return switch prediction {
    case .epsilon: sample.zipped(with: output) { ($0 - ($0 - sigma * $1)) / sigma }
    case .velocity: sample.zipped(with: output) { ($0 - ($1 * skip + $0 / variance)) / sigma }
    case .sample: sample.zipped(with: output) { ($0 - $1) / sigma }
    }
  }

  /// The sample moved along a derivative from the level of `call` to the level `target`.
  func moved(_ sample: Tensor, along derivative: Tensor, from call: Int, to target: Float) -> Tensor {
    let distance = target - sigmas[call]
    return sample.zipped(with: derivative) { $0 + $1 * distance }
  }
}
