import Engine
import Files

/// The multistep form of DPM-Solver++, of order one or two, deterministic or stochastic.
///
/// Source: Lu et al., "DPM-Solver++", 2022; defaults of diffusers' `DPMSolverMultistepScheduler`.
struct DPMSolver: SolverMethod {
  let grid: SolverGrid
  private let order: Int
  private let update: DPMUpdate
  private let lastIsFirstOrder: Bool

  /// The previous prediction of the clean sample.
  private var previous: Tensor?

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
    order = try configuration.checkedDPMOrder(name)
    update = DPMUpdate(isStochastic: stochastic, usesHeun: configuration.solverType == .heun)
    grid = try SolverGrid(
      configuration, sampler: name, steps: steps, smallestLambda: configuration.lambdaMinClipped,
      roundsKarras: configuration.betaSchedule != .squaredCosine, hasLuLambdas: true)
    lastIsFirstOrder =
      grid.endsAtZero || configuration.eulerAtFinal ?? false
      || (configuration.lowerOrderFinal ?? true && grid.timesteps.count < 15)
    try grid.refuseHeunAtRepeatedLevel(name, update, isLastFirstOrder: order == 1 || lastIsFirstOrder)
  }

  mutating func step(output: Tensor, call: Int, sample: Tensor, noise: () throws -> Tensor) throws -> Tensor {
    let original = grid.original(output: output, call: call, sample: sample)
    defer { previous = original }
    let (here, target) = (grid.levels[call], grid.levels[call + 1])
    let isLast = call == timesteps.count - 1
    var other: (prediction: Tensor, ratio: Float)?
    if order == 2, let previous, !(isLast && lastIsFirstOrder) {
      other = (previous, (here.lambda - grid.levels[call - 1].lambda) / (target.lambda - here.lambda))
    }
    return update(
      sample, from: here, to: target, original: original, other: other,
      noise: update.isStochastic ? try noise() : nil)
  }
}

extension SchedulerConfiguration {
  /// - Returns: `solver_order` of a DPM-Solver++.
  /// - Throws: `SamplerError` if the order is not supported or the network is supposed to predict variances.
  func checkedDPMOrder(_ sampler: String) throws -> Int {
    if let type = varianceType, ["learned", "learned_range"].contains(type) {
      throw SamplerError(
        .unsupported,
        "\(sampler): variance_type of scheduler_config.json is \"\(type)\", but predicted variances are not supported")
    }
    let order = solverOrder ?? 2
    guard (1...2).contains(order) else {
      throw SamplerError(.unsupported, "\(sampler): solver_order is \(order); 1 and 2 are supported")
    }
    return order
  }
}
