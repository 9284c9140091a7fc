import Engine
import Files
import Vocabulary

/// The stochastic single-step form of DPM-Solver++, of order one or two: pairs of calls, the second of which repeats
/// the whole interval of the pair with both predictions.
///
/// Source: Lu et al., "DPM-Solver++", 2022; defaults of diffusers' `DPMSolverSinglestepScheduler` with `algorithm_type`
/// sde-dpmsolver++. `DPMSolverSDEScheduler` is not meant: its noise does not come from the image's generator.
struct DPMSolverSinglestep: SolverMethod {
  let grid: SolverGrid
  private let update: DPMUpdate
  /// Whether each call is the second of a pair.
  private let isSecond: [Bool]

  /// The previous prediction of the clean sample.
  private var previous: Tensor?
  /// The sample at the start of a pair.
  private var base: Tensor?

  init(_ configuration: SchedulerConfiguration, steps: Int) throws {
    let name = "dpmpp-sde"
    let order = try configuration.checkedDPMOrder(name)
    var plain = configuration
    plain.timestepSpacing = .linspace
    plain.rescaleBetasZeroSNR = nil
    update = DPMUpdate(isStochastic: true, usesHeun: configuration.solverType == .heun)
    grid = try SolverGrid(
      plain, sampler: name, steps: steps, smallestLambda: configuration.lambdaMinClipped, roundsKarras: true)
    let lowersOrderAtEnd = configuration.lowerOrderFinal ?? false || grid.endsAtZero || !steps.isMultiple(of: order)
    // Of an even number of steps the last two are of the first order.
    isSecond = (0..<steps).map { call in
      order == 2 && !call.isMultiple(of: 2) && !(lowersOrderAtEnd && call == steps - 1)
    }
    try grid.refuseHeunAtRepeatedLevel(name, update, isLastFirstOrder: !isSecond[steps - 1])
  }

  mutating func step(output: Tensor, call: Int, sample: Tensor, noise: () throws -> Tensor) throws -> Tensor {
    let original = grid.original(output: output, call: call, sample: sample)
    defer { previous = original }
    let (here, target) = (grid.levels[call], grid.levels[call + 1])
    if isSecond[call], let previous, let base {
      let start = grid.levels[call - 1]
      let ratio = (here.lambda - start.lambda) / (target.lambda - start.lambda)
      return update(
        base, from: start, to: target, original: previous, other: (original, -ratio), noise: try noise())
    }
    base = sample
    return update(sample, from: here, to: target, original: original, other: nil, noise: try noise())
  }
}
