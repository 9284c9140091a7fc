import Engine
import Files
import Foundation

/// The multistep form of DPM-Solver++, of order one or two.
///
/// Source: Lu et al., "DPM-Solver++", 2022; defaults of diffusers' `DPMSolverMultistepScheduler`.
struct DPMSolver: SamplingMethod {
  private let grid: SolverGrid
  private let order: Int
  private let usesHeun: Bool
  private let lastIsFirstOrder: Bool

  /// The previous prediction of the clean sample.
  private var previous: Tensor?

  init(_ configuration: SchedulerConfiguration, steps: Int) throws {
    let name = "dpmpp-2m"
    let algorithm = configuration.algorithmType ?? .dpmSolverPlusPlus
    guard algorithm == .dpmSolverPlusPlus else {
      throw SamplerError(
        .unsupported, "\(name): algorithm_type is \"\(algorithm.rawValue)\"; only dpmsolver++ is supported")
    }
    if let type = configuration.varianceType {
      throw SamplerError(.unsupported, "\(name): variance_type \"\(type)\" is not supported")
    }
    order = configuration.solverOrder ?? 2
    guard (1...2).contains(order) else {
      throw SamplerError(.unsupported, "\(name): solver_order is \(order); 1 and 2 are supported")
    }
    usesHeun = configuration.solverType == .heun
    grid = try SolverGrid(
      configuration, sampler: name, steps: steps, smallestLambda: configuration.lambdaMinClipped,
      roundsKarras: configuration.betaSchedule != .squaredCosine)
    lastIsFirstOrder =
      grid.endsAtZero || configuration.eulerAtFinal ?? false
      || (configuration.lowerOrderFinal ?? true && grid.timesteps.count < 15)
  }

  var timesteps: [Float] { grid.timesteps }

  func noised(_ sample: Tensor, _ noise: Tensor, call: Int) -> Tensor {
    grid.noised(sample, noise, call: call)
  }

  mutating func step(output: Tensor, call: Int, sample: Tensor, noise: () throws -> Tensor) -> Tensor {
    let original = grid.original(output: output, call: call, sample: sample)
    defer { previous = original }
    let (here, target) = (grid.levels[call], grid.levels[call + 1])
    let distance = target.lambda - here.lambda
    let decay = exp(-distance) - 1
    let first = target.signal * decay
    let isLast = call == timesteps.count - 1
    guard order == 2, let previous, !(isLast && lastIsFirstOrder) else {
      return linearCombination((target.noise / here.noise, sample), (-first, original))
    }
    let ratio = (here.lambda - grid.levels[call - 1].lambda) / distance
    let second = usesHeun ? -target.signal * (decay / distance + 1) : 0.5 * first
    // The slope is the difference of the two predictions divided by the ratio of their step sizes.
    return linearCombination(
      (target.noise / here.noise, sample), (-first - second / ratio, original), (second / ratio, previous))
  }
}
