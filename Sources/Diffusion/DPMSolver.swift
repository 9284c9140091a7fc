import Engine
import Files

/// The multistep form of DPM-Solver++, of order one to three, deterministic or stochastic.
///
/// Source: Lu et al., "DPM-Solver++", 2022; defaults of diffusers' `DPMSolverMultistepScheduler`.
struct DPMSolver: SolverMethod {
  let grid: SolverGrid
  private let order: Int
  private let update: DPMUpdate
  private let lastIsFirstOrder: Bool
  private let lowersOrderAtEnd: Bool

  /// The previous predictions of the clean sample, at most two, newest first.
  private var history: [Tensor] = []

  /// - Parameter stochastic: uses `algorithm_type` sde-dpmsolver++, whatever the configuration says.
  init(_ configuration: SchedulerConfiguration, steps: Int, stochastic: Bool = false) throws {
    let name = stochastic ? "dpmpp-2m-sde" : "dpmpp-2m"
    // As diffusers does, a configuration of DEIS stands for the default.
    let algorithm = configuration.algorithmType ?? .dpmSolverPlusPlus
    guard stochastic || [.dpmSolverPlusPlus, .deis].contains(algorithm) else {
      throw SamplerError(
        .unsupported,
        "\(name): algorithm_type of scheduler_config.json is \"\(algorithm.rawValue)\"; supported: dpmsolver++"
          + (algorithm == .stochasticDPMSolverPlusPlus ? ", and by the sampler dpmpp-2m-sde sde-dpmsolver++" : ""))
    }
    order = try configuration.checkedDPMOrder(name, upTo: 3)
    update = DPMUpdate(isStochastic: stochastic, usesHeun: configuration.solverType == .heun)
    grid = try SolverGrid(
      configuration, sampler: name, steps: steps, smallestLambda: configuration.lambdaMinClipped,
      roundsKarras: configuration.betaSchedule != .squaredCosine, hasLuLambdas: true)
    lowersOrderAtEnd = configuration.lowerOrderFinal ?? true && grid.timesteps.count < 15
    lastIsFirstOrder = grid.endsAtZero || configuration.eulerAtFinal ?? false || lowersOrderAtEnd
    try grid.refuseHeunAtRepeatedLevel(name, update, isLastFirstOrder: order == 1 || lastIsFirstOrder)
    if grid.repeatsLevel, order == 3, !lastIsFirstOrder {
      throw SamplerError(
        .unsupported,
        "\(name): solver_order 3 cannot end at the level of the last call (final_sigmas_type sigma_min); set "
          + "euler_at_final or solver_order 2")
    }
  }

  mutating func step(output: Tensor, call: Int, sample: Tensor, noise: () throws -> Tensor) throws -> Tensor {
    let original = grid.original(output: output, call: call, sample: sample)
    defer { history = [original] + history.prefix(max(0, order - 2)) }
    let (here, target) = (grid.levels[call], grid.levels[call + 1])
    let isLast = call == timesteps.count - 1
    let step = target.lambda - here.lambda
    let added = update.isStochastic ? try noise() : nil
    // The earlier predictions with the distances of λ to the next ones in units of the step.
    let earlier = history.enumerated().map { age, prediction in
      (prediction: prediction, ratio: (grid.levels[call - age].lambda - grid.levels[call - age - 1].lambda) / step)
    }
    if earlier.count == 2, !(isLast && lastIsFirstOrder), !(call == timesteps.count - 2 && lowersOrderAtEnd) {
      return update.third(
        sample, from: here, to: target, original: original, earlier: (earlier[0], earlier[1]), noise: added)
    }
    let other = order > 1 && !(isLast && lastIsFirstOrder) ? earlier.first : nil
    return update(sample, from: here, to: target, original: original, other: other, noise: added)
  }
}

extension SchedulerConfiguration {
  /// - Returns: `solver_order` of a DPM-Solver++.
  /// - Throws: `SamplerError` if the order is not supported or the network is supposed to predict variances.
  func checkedDPMOrder(_ sampler: String, upTo largest: Int = 2) throws -> Int {
    if let type = varianceType, ["learned", "learned_range"].contains(type) {
      throw SamplerError(
        .unsupported,
        "\(sampler): variance_type of scheduler_config.json is \"\(type)\", but predicted variances are not supported")
    }
    let order = solverOrder ?? 2
    guard (1...largest).contains(order) else {
      throw SamplerError(.unsupported, "\(sampler): solver_order is \(order), but must be from 1 to \(largest)")
    }
    return order
  }
}
