import Engine
import Files

/// Multistep sampling with a latent consistency model: each call predicts the clean sample, to which new noise is added
/// up to the next noise level.
///
/// Source: Luo et al., "Latent Consistency Models", 2023, algorithm 3; defaults of diffusers' `LCMScheduler`.
struct LCM: TrainedTimestepMethod {
  let schedule: NoiseSchedule
  let visited: [Int]
  private let scaling: Float
  private let prediction: PredictionType
  private let clip: Float?

  /// - Parameter part: as in `consistencyTimesteps`.
  init(_ configuration: SchedulerConfiguration, steps: Int, part: Double) throws {
    try configuration.refuse("lcm", thresholding: true)
    schedule = try NoiseSchedule(configuration.assuming(betas: (0.00085, 0.012), .scaledLinear))
    visited = try configuration.consistencyTimesteps(
      "lcm", steps: steps, trained: schedule.count, part: part)
    prediction = configuration.predictionType ?? .epsilon
    clip = configuration.clipSample ?? false ? Float(configuration.clipSampleRange ?? 1) : nil
    scaling = Float(configuration.timestepScaling ?? 10)
    guard scaling.isFinite, scaling > 0 else {
      throw SamplerError(.malformed, "scheduler_config.json: timestep_scaling is \(scaling), but must be above 0")
    }
    try schedule.refusePureNoise("lcm", prediction, visited)
  }

  func step(output: Tensor, call: Int, sample: Tensor, noise: () throws -> Tensor) throws -> Tensor {
    let timestep = visited[call]
    var original = schedule.original(output: output, sample: sample, timestep: timestep, prediction)
    if let clip { original = original.map { min(max($0, -clip), clip) } }
    // At timestep 0 the model must return its input; 0.5 is the assumed deviation of the data.
    let scaled = Float(timestep) * scaling
    let divisor = scaled * scaled + 0.25
    let denoised = linearCombination((scaled / divisor.squareRoot(), original), (0.25 / divisor, sample))
    guard call + 1 < visited.count else { return denoised }
    return schedule.noised(denoised, try noise(), timestep: visited[call + 1])
  }
}

extension SchedulerConfiguration {
  /// The timesteps of a distilled model, descending: evenly spaced ones among the `original_inference_steps` timesteps
  /// for which it was distilled.
  ///
  /// - Parameter part: the part of those timesteps that is used, from the clean end.
  /// - Throws: `SamplerError` if there are fewer of those than steps.
  func consistencyTimesteps(_ sampler: String, steps: Int, trained: Int, part: Double = 1) throws -> [Int] {
    let distilled = originalInferenceSteps ?? 50
    guard (1...trained).contains(distilled) else {
      throw SamplerError(
        .malformed,
        "scheduler_config.json: original_inference_steps is \(distilled), but must be from 1 to \(trained)")
    }
    let used = min(Int(Double(distilled) * part), distilled)
    guard steps <= used else {
      throw SamplerError(
        .steps,
        "\(sampler): \(steps) steps are more than the \(distilled) for which the model was distilled "
          + "(original_inference_steps)"
          + (part < 1 ? ", of which the strength \(part) leaves \(used)" : "")
          + (used > 0 ? "; use at most \(used)" : "; use a higher strength"))
    }
    let stride = trained / distilled
    let spacing = Double(used) / Double(steps)
    return (0..<steps).map { (used - Int(Double($0) * spacing)) * stride - 1 }
  }
}
