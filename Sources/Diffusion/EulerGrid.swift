import Engine

/// The timesteps, noise levels and arithmetic that both Euler samplers share.
struct EulerGrid: Sendable {
  /// One for each network call, descending; may be fractional.
  let timesteps: [Float]
  /// One for each network call, followed by the final level.
  let sigmas: [Float]
  let initialNoiseScale: Float
  private let prediction: PredictionType

  init(_ configuration: SchedulerConfiguration, steps: Int, karras: Bool) throws {
    let schedule = try NoiseSchedule(configuration, lastAlpha: 0x1p-24)
    let table = SigmaTable(schedule)
    let spacing = configuration.timestepSpacing ?? .linspace
    prediction = configuration.predictionType ?? .epsilon
    var visited = spacing.timesteps(steps: steps, trained: schedule.count, offset: configuration.stepsOffset ?? 0)
      .map { Float($0) }
    var levels = visited.map { table.sigma(at: Double($0)) }
    if karras {
      let largest = configuration.sigmaMax ?? levels[0]
      let smallest = configuration.sigmaMin ?? levels[levels.count - 1]
      levels = SigmaTable.karras(from: largest, to: smallest, count: steps)
      visited = levels.map { Float(table.timestep(of: $0)) }
    }
    let last: Float = configuration.finalSigma == .smallest ? table.smallest : 0
    timesteps = visited
    sigmas = levels.map { Float($0) } + [last]
    let largest = sigmas.reduce(0, max)
    initialNoiseScale = spacing == .leading ? (largest * largest + 1).squareRoot() : largest
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

  /// The sample moved along the derivative at `call`'s level to the level `target`.
  ///
  /// Large terms cancel here, so the expressions round in the same order as those of diffusers.
  func moved(_ sample: Tensor, by output: Tensor, call: Int, to target: Float) -> Tensor {
    let sigma = sigmas[call]
    let distance = target - sigma
    let variance = sigma * sigma + 1
    let skip = -sigma / variance.squareRoot()
    return switch prediction {
    case .epsilon: sample.zipped(with: output) { $0 + ($0 - ($0 - sigma * $1)) / sigma * distance }
    case .velocity: sample.zipped(with: output) { $0 + ($0 - ($1 * skip + $0 / variance)) / sigma * distance }
    case .sample: sample.zipped(with: output) { $0 + ($0 - $1) / sigma * distance }
    }
  }
}
