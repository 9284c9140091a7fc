import Engine
import Files

/// Strategic stochastic sampling of trajectory consistency distillation: each call predicts the sample at a level below
/// the next one, from which new noise leads back up to it.
///
/// η, which diffusers' `TCDScheduler.step` calls a setting, is its default: 0 would add no noise, 1 would return to the
/// clean sample in every call.
///
/// Source: Zheng et al., "Trajectory Consistency Distillation", 2024, algorithm 4; defaults of diffusers'
/// `TCDScheduler`.
struct TCD: SamplingMethod {
  private static let eta: Float = 0.3

  private let schedule: NoiseSchedule
  private let visited: [Int]
  private let prediction: PredictionType

  init(_ configuration: SchedulerConfiguration, steps: Int) throws {
    schedule = try NoiseSchedule(configuration.assuming(betas: (0.00085, 0.012), .scaledLinear))
    visited = try configuration.consistencyTimesteps("tcd", steps: steps, trained: schedule.count)
    prediction = configuration.predictionType ?? .epsilon
    try schedule.refusePureNoise("tcd", prediction, visited)
  }

  var timesteps: [Float] { visited.map { Float($0) } }

  func noised(_ sample: Tensor, _ noise: Tensor, call: Int) -> Tensor {
    schedule.noised(sample, noise, timestep: visited[call])
  }

  func step(output: Tensor, call: Int, sample: Tensor, noise: () throws -> Tensor) throws -> Tensor {
    let timestep = visited[call]
    let next = call + 1 < visited.count ? visited[call + 1] : 0
    let target = Int((1 - Self.eta) * Float(next))
    let original = schedule.original(output: output, sample: sample, timestep: timestep, prediction)
    let epsilon = schedule.epsilon(output: output, sample: sample, timestep: timestep, prediction)
    let predicted = schedule.noised(original, epsilon, timestep: target)
    guard call + 1 < visited.count else { return predicted }
    let ratio = schedule.alphas[next] / schedule.alphas[target]
    return linearCombination((ratio.squareRoot(), predicted), ((1 - ratio).squareRoot(), try noise()))
  }
}
