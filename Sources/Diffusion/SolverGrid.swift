import Engine
import Files
import Foundation
import Vocabulary

/// The timesteps and noise levels of the multistep solvers, which use predictions of the clean sample and λ = ln(α /
/// σ).
struct SolverGrid: Sendable {
  /// Signal and noise at one level in the variance-preserving form, and the logarithm of their ratio.
  struct Level {
    let signal: Float
    let noise: Float
    let lambda: Float
    /// Noise divided by signal.
    var ratio: Float { noise / signal }

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
  /// Whether the final level is that of the last call.
  let repeatsLevel: Bool
  private let prediction: PredictionType

  /// - Parameters:
  ///   - sampler: the sampler's name, for errors.
  ///   - smallestLambda: levels with a smaller λ are skipped.
  ///   - roundsKarras: whether timesteps of Karras levels are rounded to the nearest instead of truncated.
  ///   - repeatsLastLevel: whether a run with `final_sigmas_type` sigma_min and its own spacing of levels ends at the
  ///     last of these instead of at the smallest trained one.
  ///   - hasLuLambdas: whether the sampler's class defines `use_lu_lambdas`.
  init(
    _ configuration: SchedulerConfiguration, sampler: String, steps: Int, smallestLambda: Double? = nil,
    roundsKarras: Bool, repeatsLastLevel: Bool = false, hasLuLambdas: Bool = false
  ) throws {
    try configuration.refuse(sampler, thresholding: true, luLambdas: hasLuLambdas, flow: true)
    let schedule = try NoiseSchedule(configuration, lastAlpha: 0x1p-24)
    let table = SigmaTable(schedule)
    prediction = configuration.predictionType ?? .epsilon
    endsAtZero = configuration.finalSigma != .smallest
    let spacing = try SigmaSpacing(configuration, sampler: sampler)
    var visited: [Double]
    var sigmas: [Double]
    if let spacing {
      sigmas = spacing.levels(
        from: configuration.sigmaMax ?? Double(table.largest), to: configuration.sigmaMin ?? Double(table.smallest),
        count: steps)
      let rounding = spacing == .karras && roundsKarras ? FloatingPointRoundingRule.toNearestOrEven : .towardZero
      visited = sigmas.map { table.timestep(of: $0).rounded(rounding) }
    } else {
      let last = smallestLambda.map { schedule.timesteps(aboveLambda: Float($0)) } ?? schedule.count
      visited = (configuration.timestepSpacing ?? .linspace).solverTimesteps(
        steps: steps, last: last, trained: schedule.count, offset: configuration.stepsOffset ?? 0)
      sigmas = visited.map { table.sigma(at: $0) }
    }
    var all = sigmas.map { Float($0) }
    let lowest = all[all.count - 1]
    var last = endsAtZero ? 0 : spacing != nil && repeatsLastLevel ? lowest : table.smallest
    // A spacing of levels down to the smallest trained one meets it up to rounding; the last step then does nothing.
    if !endsAtZero, abs(last / lowest - 1) < 1e-6 { last = lowest }
    repeatsLevel = last == lowest
    guard zip(all, all.dropFirst()).allSatisfy({ $0 > $1 }), lowest >= last else {
      throw SamplerError(
        .steps,
        "\(sampler): with \(steps) steps, two consecutive steps have the same noise level; use "
          + (steps == 1 ? "more steps" : "fewer steps"))
    }
    all.append(last)
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

  /// The noise that the network's output predicts.
  func noise(output: Tensor, call: Int, sample: Tensor) -> Tensor {
    let level = levels[call]
    return switch prediction {
    case .epsilon: output
    case .velocity: linearCombination((level.signal, output), (level.noise, sample))
    case .sample: sample.zipped(with: output) { ($0 - level.signal * $1) / level.noise }
    }
  }

  /// The noise that the network's output predicts, by way of the clean sample, as diffusers' DEIS rounds it.
  func epsilon(output: Tensor, call: Int, sample: Tensor) -> Tensor {
    let level = levels[call]
    if prediction == .epsilon { return output }
    return sample.zipped(with: original(output: output, call: call, sample: sample)) {
      ($0 - level.signal * $1) / level.noise
    }
  }

  /// - Throws: `SamplerError` if the last step has the second order of Heun's form, which divides by the step's length,
  ///   and this length is 0.
  func refuseHeunAtRepeatedLevel(_ sampler: String, _ update: DPMUpdate, isLastFirstOrder: Bool) throws {
    if repeatsLevel, update.usesHeun, !isLastFirstOrder {
      throw SamplerError(
        .unsupported,
        "\(sampler): solver_type heun cannot end at the level of the last call (final_sigmas_type sigma_min); set "
          + "euler_at_final or lower_order_final, or solver_type midpoint")
    }
  }
}

extension NoiseSchedule {
  /// Number of timesteps, from the first, with a λ of at least `limit`.
  fileprivate func timesteps(aboveLambda limit: Float) -> Int {
    alphas.count { log($0.squareRoot()) - log((1 - $0).squareRoot()) >= limit }
  }
}
