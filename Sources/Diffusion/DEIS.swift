import Engine
import Files
import Foundation

/// The diffusion exponential integrator of order up to three: a multistep method that extrapolates the noise
/// predictions by polynomials of ln ρ, where ρ is the ratio of noise to signal.
///
/// Source: Zhang and Chen, "Fast Sampling of Diffusion Models with Exponential Integrator", 2022, ρAB-DEIS; defaults of
/// diffusers' `DEISMultistepScheduler`.
struct DEIS: SolverMethod {
  let grid: SolverGrid
  private let order: Int
  private let lowersOrderAtEnd: Bool

  /// The last noise predictions, at most `order`, newest first.
  private var history: [Tensor] = []

  init(_ configuration: SchedulerConfiguration, steps: Int) throws {
    let algorithm = configuration.algorithmType ?? .deis
    guard [.deis, .dpmSolver, .dpmSolverPlusPlus].contains(algorithm) else {
      throw SamplerError(
        .unsupported,
        "deis: algorithm_type of scheduler_config.json is \"\(algorithm.rawValue)\"; supported: deis, or use another "
          + "sampler")
    }
    order = configuration.solverOrder ?? 2
    guard (1...3).contains(order) else {
      throw SamplerError(.unsupported, "deis: solver_order is \(order); 1, 2 and 3 are supported")
    }
    var plain = configuration
    plain.finalSigma = .smallest
    plain.rescaleBetasZeroSNR = nil
    grid = try SolverGrid(plain, sampler: "deis", steps: steps, roundsKarras: true, repeatsLastLevel: true)
    lowersOrderAtEnd = configuration.lowerOrderFinal ?? true && grid.timesteps.count < 15
  }

  mutating func step(output: Tensor, call: Int, sample: Tensor, noise: () throws -> Tensor) -> Tensor {
    history = [grid.epsilon(output: output, call: call, sample: sample)] + history.prefix(order - 1)
    let allowed = lowersOrderAtEnd ? min(order, timesteps.count - call) : order
    let (here, target) = (grid.levels[call], grid.levels[call + 1])
    let used = min(allowed, history.count)
    guard used > 1 else {
      let growth = exp(target.lambda - here.lambda) - 1
      return linearCombination((target.signal / here.signal, sample), (-(target.noise * growth), history[0]))
    }
    let ratios = (0..<used).map { grid.levels[call - $0].ratio }
    let weights = ratios.indices.map { own in
      let others = ratios.indices.filter { $0 != own }.map { ratios[$0] }
      return target.signal
        * (Self.integral(to: target.ratio, own: ratios[own], others: others)
          - Self.integral(to: ratios[0], own: ratios[own], others: others))
    }
    return .linearCombination([(target.signal / here.signal, sample)] + Array(zip(weights, history)))
  }

  /// An antiderivative at ρ of the Lagrange polynomial in ln ρ that is 1 at `own` and 0 at the one or two `others`.
  private static func integral(to ratio: Float, own: Float, others: [Float]) -> Float {
    let (here, first) = (log(ratio), log(others[0]))
    guard others.count > 1 else { return ratio * (-first + here - 1) / (log(own) - first) }
    let second = log(others[1])
    let numerator =
      ratio * (first * (second - here + 1) - second * here + second + here * here - 2 * here + 2)
    return numerator / ((log(own) - first) * (log(own) - second))
  }
}
