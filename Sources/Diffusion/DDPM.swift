import Engine
import Files
import Foundation
import Vocabulary

/// The reverse process of denoising diffusion probabilistic models: each call moves to the mean of the posterior and
/// adds noise.
///
/// Source: Ho et al., "Denoising Diffusion Probabilistic Models", 2020, formulas (6), (7), (15); defaults of diffusers'
/// `DDPMScheduler`.
struct DDPM: TrainedTimestepMethod {
  /// The deviation of the added noise.
  private enum Variance: String, CaseIterable {
    /// That of the posterior.
    case small = "fixed_small"
    /// The same, computed by its logarithm.
    case smallByLogarithm = "fixed_small_log"
    /// √β.
    case large = "fixed_large"
  }

  let schedule: NoiseSchedule
  let visited: [Int]
  private let variance: Variance
  private let prediction: PredictionType
  private let clip: Float?

  init(_ configuration: SchedulerConfiguration, steps: Int) throws {
    try configuration.refuse("ddpm", thresholding: true)
    let type = configuration.varianceType ?? Variance.small.rawValue
    guard let variance = Variance(rawValue: type) else {
      let known = Variance.allCases.map(\.rawValue).joined(separator: ", ")
      throw SamplerError(
        .unsupported,
        "ddpm: variance_type of scheduler_config.json is \"\(type)\"; supported: \(known), or use another sampler")
    }
    self.variance = variance
    schedule = try NoiseSchedule(configuration)
    prediction = configuration.predictionType ?? .epsilon
    clip = configuration.clipSample ?? true ? Float(configuration.clipSampleRange ?? 1) : nil
    visited = (configuration.timestepSpacing ?? .leading)
      .timesteps(steps: steps, trained: schedule.count, offset: configuration.stepsOffset ?? 0)
      .map { Int($0.rounded(.toNearestOrEven)) }
    try schedule.check(visited, steps: steps)
    if clip == nil { try schedule.refusePureNoise("ddpm", prediction, visited) }
  }

  func step(output: Tensor, call: Int, sample: Tensor, noise: () throws -> Tensor) throws -> Tensor {
    let timestep = visited[call]
    let here = schedule.alphas[timestep]
    let next = call + 1 < visited.count ? schedule.alphas[visited[call + 1]] : 1
    let alpha = here / next
    let beta = 1 - alpha
    var original = schedule.original(output: output, sample: sample, timestep: timestep, prediction)
    if let clip { original = original.map { min(max($0, -clip), clip) } }
    let mean = linearCombination(
      (next.squareRoot() * beta / (1 - here), original),
      (alpha.squareRoot() * (1 - next) / (1 - here), sample))
    guard timestep > 0 else { return mean }
    // The logarithm needs a variance above 0, which the last step's is not.
    let posterior = max((1 - next) / (1 - here) * beta, 1e-20)
    let deviation: Float =
      switch variance {
      case .small: posterior.squareRoot()
      case .smallByLogarithm: exp(0.5 * log(posterior))
      case .large: beta.squareRoot()
      }
    return linearCombination((1, mean), (deviation, try noise()))
  }
}
