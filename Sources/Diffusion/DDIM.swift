import Engine
import Files
import Vocabulary

/// Denoising diffusion implicit models: without added noise for η = 0, with that of the posterior for η = 1.
///
/// Source: Song et al., 2021, formulas (12) and (16); defaults of diffusers' `DDIMScheduler`.
struct DDIM: TrainedTimestepMethod {
  let schedule: NoiseSchedule
  let visited: [Int]
  private let stride: Int
  private let finalAlpha: Float
  private let prediction: PredictionType
  private let clip: Float?
  private let eta: Float

  init(_ configuration: SchedulerConfiguration, steps: Int, eta: Double) throws {
    self.eta = Float(eta)
    try configuration.refuse("ddim", thresholding: true)
    schedule = try NoiseSchedule(configuration)
    prediction = configuration.predictionType ?? .epsilon
    clip = configuration.clipSample ?? true ? Float(configuration.clipSampleRange ?? 1) : nil
    finalAlpha = configuration.setAlphaToOne ?? true ? 1 : schedule.alphas[0]
    stride = schedule.count / steps
    visited = (configuration.timestepSpacing ?? .leading)
      .timesteps(steps: steps, trained: schedule.count, offset: configuration.stepsOffset ?? 0)
      .map { Int($0.rounded(.toNearestOrEven)) }
    try schedule.check(visited, steps: steps)
    try schedule.refusePureNoise("ddim", prediction, visited)
  }

  func step(output: Tensor, call: Int, sample: Tensor, noise: () throws -> Tensor) throws -> Tensor {
    let timestep = visited[call]
    let alpha = schedule.alphas[timestep]
    let next = timestep >= stride ? schedule.alphas[timestep - stride] : finalAlpha
    let signal = alpha.squareRoot()
    let deviation = (1 - alpha).squareRoot()
    var original: Tensor
    let epsilon: Tensor
    switch prediction {
    case .epsilon:
      original = linearCombination((1 / signal, sample), (-deviation / signal, output))
      epsilon = output
    case .velocity:
      original = linearCombination((signal, sample), (-deviation, output))
      epsilon = linearCombination((signal, output), (deviation, sample))
    case .sample:
      original = output
      epsilon = linearCombination((1 / deviation, sample), (-signal / deviation, output))
    }
    if let clip { original = original.map { min(max($0, -clip), clip) } }
    guard eta > 0 else {
      return linearCombination((next.squareRoot(), original), ((1 - next).squareRoot(), epsilon))
    }
    let added = eta * ((1 - next) / (1 - alpha) * (1 - alpha / next)).squareRoot()
    let kept = max(1 - next - added * added, 0).squareRoot()
    return linearCombination((next.squareRoot(), original), (kept, epsilon), (added, try noise()))
  }
}
