import Engine
import Files
import Foundation

/// The timesteps and noise levels of the multistep solvers, which use predictions of the clean sample and λ = ln(α /
/// σ).
struct SolverGrid: Sendable {
  /// Signal and noise at one level in the variance-preserving form, and the logarithm of their ratio.
  struct Level {
    let signal: Float
    let noise: Float
    let lambda: Float

    init(sigma: Float) {
      signal = 1 / (sigma * sigma + 1).squareRoot()
      noise = sigma * signal
      lambda = log(signal) - log(noise)
    }
  }

  let timesteps: [Float]
  /// One for each network call, followed by the final level.
  let levels: [Level]
  /// Whether the final level has no noise, so that its λ is infinite.
  let endsAtZero: Bool
  private let prediction: PredictionType

  /// - Parameters:
  ///   - sampler: the sampler's name, for errors.
  ///   - smallestLambda: levels with a smaller λ are skipped.
  ///   - roundsKarras: whether timesteps of Karras levels are rounded to the nearest instead of truncated.
  init(
    _ configuration: SchedulerConfiguration, sampler: String, steps: Int, smallestLambda: Double? = nil,
    roundsKarras: Bool
  ) throws {
    try configuration.refuse(sampler, thresholding: true, sigmaTables: true, flow: true)
    let schedule = try NoiseSchedule(configuration, lastAlpha: 0x1p-24)
    let table = SigmaTable(schedule)
    prediction = configuration.predictionType ?? .epsilon
    endsAtZero = configuration.finalSigma != .smallest
    let karras = configuration.useKarrasSigmas ?? false
    var visited: [Double]
    var sigmas: [Double]
    if karras {
      sigmas = SigmaTable.karras(
        from: configuration.sigmaMax ?? Double(table.largest), to: configuration.sigmaMin ?? Double(table.smallest),
        count: steps)
      visited = sigmas.map { table.timestep(of: $0).rounded(roundsKarras ? .toNearestOrEven : .towardZero) }
    } else {
      let last = smallestLambda.map { schedule.timesteps(aboveLambda: Float($0)) } ?? schedule.count
      visited = (configuration.timestepSpacing ?? .linspace).solverTimesteps(
        steps: steps, last: last, trained: schedule.count, offset: configuration.stepsOffset ?? 0)
      sigmas = visited.map { table.sigma(at: $0) }
    }
    let all = sigmas.map { Float($0) } + [endsAtZero ? 0 : table.smallest]
    guard zip(all, all.dropFirst()).allSatisfy({ $0 > $1 }) else {
      throw SamplerError(
        .steps,
        "\(sampler): with \(steps) steps, two consecutive steps have the same noise level; use "
          + (steps == 1 ? "more steps" : "fewer steps"))
    }
    timesteps = visited.map { Float($0) }
    levels = all.map { Level(sigma: $0) }
  }

  /// A clean sample with noise of `call`'s level.
  func noised(_ sample: Tensor, _ noise: Tensor, call: Int) -> Tensor {
    linearCombination((levels[call].signal, sample), (levels[call].noise, noise))
  }

  /// The clean sample that the network's output predicts.
  func original(output: Tensor, call: Int, sample: Tensor) -> Tensor {
    let level = levels[call]
    return switch prediction {
    case .epsilon: linearCombination((1 / level.signal, sample), (-level.noise / level.signal, output))
    case .velocity: linearCombination((level.signal, sample), (-level.noise, output))
    case .sample: output
    }
  }
}

extension NoiseSchedule {
  /// Number of timesteps, from the first, with a λ of at least `limit`.
  fileprivate func timesteps(aboveLambda limit: Float) -> Int {
    alphas.count { log($0.squareRoot()) - log((1 - $0).squareRoot()) >= limit }
  }
}
