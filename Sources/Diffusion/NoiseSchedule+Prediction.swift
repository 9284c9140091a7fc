import Engine
import Files

/// What a network's output says about a sample of a trained timestep.
extension NoiseSchedule {
  /// The clean sample. Rounds in the order of diffusers, because a small signal divides a difference of large terms.
  func original(output: Tensor, sample: Tensor, timestep: Int, _ prediction: PredictionType) -> Tensor {
    let (signal, deviation) = (alphas[timestep].squareRoot(), (1 - alphas[timestep]).squareRoot())
    return switch prediction {
    case .epsilon: sample.zipped(with: output) { ($0 - deviation * $1) / signal }
    case .velocity: linearCombination((signal, sample), (-deviation, output))
    case .sample: output
    }
  }

  /// The noise.
  func epsilon(output: Tensor, sample: Tensor, timestep: Int, _ prediction: PredictionType) -> Tensor {
    let (signal, deviation) = (alphas[timestep].squareRoot(), (1 - alphas[timestep]).squareRoot())
    return switch prediction {
    case .epsilon: output
    case .velocity: linearCombination((signal, output), (deviation, sample))
    case .sample: sample.zipped(with: output) { ($0 - signal * $1) / deviation }
    }
  }

  /// - Throws: `SamplerError` if a network that predicts noise visits a timestep without signal, where noise says
  ///   nothing about the clean sample.
  func refusePureNoise(_ sampler: String, _ prediction: PredictionType, _ timesteps: [Int]) throws {
    if prediction == .epsilon, timesteps.contains(where: { alphas[$0] == 0 }) {
      throw SamplerError(
        .unsupported,
        "\(sampler): a model that predicts epsilon cannot start from pure noise (rescale_betas_zero_snr with this "
          + "spacing)")
    }
  }
}
