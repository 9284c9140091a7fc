import Engine
import Files

/// Denoising diffusion implicit models without added noise (η = 0).
///
/// Source: Song et al., 2021, formula (12); defaults of diffusers' `DDIMScheduler`.
struct DDIM: SamplingMethod {
  private let schedule: NoiseSchedule
  private let visited: [Int]
  private let stride: Int
  private let finalAlpha: Float
  private let prediction: PredictionType
  private let clip: Float?

  init(_ configuration: SchedulerConfiguration, steps: Int) throws {
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

  var timesteps: [Float] { visited.map { Float($0) } }

  func noised(_ sample: Tensor, _ noise: Tensor, call: Int) -> Tensor {
    schedule.noised(sample, noise, timestep: visited[call])
  }

  func step(output: Tensor, call: Int, sample: Tensor, noise: () throws -> Tensor) -> Tensor {
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
    return linearCombination((next.squareRoot(), original), ((1 - next).squareRoot(), epsilon))
  }
}
