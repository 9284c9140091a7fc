import Engine
import Files

/// Strategic stochastic sampling of trajectory consistency distillation: each call predicts the sample at a level below
/// the next one, from which new noise leads back up to it.
///
/// η = 0 adds no noise, η = 1 returns to the clean sample in every call; the paper calls it γ.
///
/// Source: Zheng et al., "Trajectory Consistency Distillation", 2024, algorithm 4; defaults of diffusers'
/// `TCDScheduler`.
struct TCD: TrainedTimestepMethod {
  let schedule: NoiseSchedule
  let visited: [Int]
  private let prediction: PredictionType
  private let eta: Double

  init(_ configuration: SchedulerConfiguration, steps: Int, eta: Double) throws {
    self.eta = eta
    schedule = try NoiseSchedule(configuration.assuming(betas: (0.00085, 0.012), .scaledLinear))
    visited = try configuration.consistencyTimesteps("tcd", steps: steps, trained: schedule.count)
    prediction = configuration.predictionType ?? .epsilon
    try schedule.refusePureNoise("tcd", prediction, visited)
  }

  func step(output: Tensor, call: Int, sample: Tensor, noise: () throws -> Tensor) throws -> Tensor {
    let timestep = visited[call]
    let next = call + 1 < visited.count ? visited[call + 1] : 0
    let target = Int(Float(1 - eta) * Float(next))
    let original = schedule.original(output: output, sample: sample, timestep: timestep, prediction)
    let epsilon = schedule.epsilon(output: output, sample: sample, timestep: timestep, prediction)
    let predicted = schedule.noised(original, epsilon, timestep: target)
    guard call + 1 < visited.count, eta > 0 else { return predicted }
    let ratio = schedule.alphas[next] / schedule.alphas[target]
    return linearCombination((ratio.squareRoot(), predicted), ((1 - ratio).squareRoot(), try noise()))
  }
}
