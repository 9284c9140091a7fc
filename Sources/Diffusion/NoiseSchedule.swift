import Engine
import Files
import Foundation

/// The signal's variance ᾱ at each trained timestep: the cumulative product of 1 − β.
///
/// Values are rounded as in PyTorch's single precision, so that all coefficients derived from them agree with PyTorch.
struct NoiseSchedule: Sendable {
  /// ᾱ of each trained timestep, descending.
  let alphas: [Float]

  /// - Parameters:
  ///   - canRescale: whether the sampler's class supports `rescale_betas_zero_snr`.
  ///   - lastAlpha: replaces the final ᾱ of 0 of a rescaled schedule, for samplers that divide by it.
  /// - Throws: `SamplerError` if the timesteps or betas of the configuration do not form a valid schedule.
  init(_ configuration: SchedulerConfiguration, canRescale: Bool = true, lastAlpha: Float? = nil) throws {
    var betas = try Self.betas(configuration)
    let rescales = canRescale && configuration.rescaleBetasZeroSNR ?? false
    if rescales { betas = Self.rescaledToZeroSignal(betas) }
    var alphas = Self.cumulative(betas)
    if rescales, let lastAlpha { alphas[alphas.count - 1] = lastAlpha }
    self.alphas = alphas
  }

  /// The number of trained timesteps.
  var count: Int { alphas.count }

  /// The ratio of noise to signal at each trained timestep, ascending.
  var sigmas: [Float] { alphas.map { ((1 - $0) / $0).squareRoot() } }

  /// √ᾱ · sample + √(1 − ᾱ) · noise: what the signal has become at a trained timestep.
  ///
  /// Source: Ho et al., "Denoising Diffusion Probabilistic Models", equation 4.
  func noised(_ sample: Tensor, _ noise: Tensor, timestep: Int) -> Tensor {
    let alpha = alphas[timestep]
    return linearCombination((alpha.squareRoot(), sample), ((1 - alpha).squareRoot(), noise))
  }

  private static func betas(_ configuration: SchedulerConfiguration) throws -> [Float] {
    let count = try configuration.checkedTimesteps()
    if let trained = configuration.trainedBetas {
      guard trained.count == count, trained.allSatisfy({ $0 > 0 && $0 < 1 }) else {
        throw SamplerError(
          .malformed, "scheduler_config.json: trained_betas must be \(count) numbers between 0 and 1")
      }
      return trained.map { Float($0) }
    }
    let start = configuration.betaStart ?? 0.0001
    let end = configuration.betaEnd ?? 0.02
    guard start > 0, end < 1, start < end else {
      throw SamplerError(
        .malformed, "scheduler_config.json: beta_start \(start) and beta_end \(end) must rise between 0 and 1")
    }
    switch configuration.betaSchedule ?? .linear {
    case .linear: return evenlySpaced(Float(start), Float(end), count)
    case .scaledLinear:
      return evenlySpaced(Float(start.squareRoot()), Float(end.squareRoot()), count).map { $0 * $0 }
    case .squaredCosine:
      let alpha = { (step: Int) in
        let cosine = cos((Double(step) / Double(count) + 0.008) / 1.008 * Double.pi / 2)
        return cosine * cosine
      }
      return (0..<count).map { Float(min(1 - alpha($0 + 1) / alpha($0), 0.999)) }
    }
  }

  /// `torch.linspace`: each half is computed from its own end, with one rounding per value.
  static func evenlySpaced(_ start: Float, _ end: Float, _ count: Int) -> [Float] {
    let step = (end - start) / Float(count - 1)
    return (0..<count).map { index in
      index < count / 2
        ? start.addingProduct(step, Float(index)) : end.addingProduct(-step, Float(count - 1 - index))
    }
  }

  private static func cumulative(_ betas: [Float]) -> [Float] {
    var product = 1.0
    return betas.map { beta in
      product *= Double(1 - beta)
      return Float(product)
    }
  }

  /// Shifts and scales √ᾱ so that the last value becomes 0 and the first is unchanged.
  ///
  /// Source: Lin et al., "Common Diffusion Noise Schedules and Sample Steps are Flawed", algorithm 1.
  private static func rescaledToZeroSignal(_ betas: [Float]) -> [Float] {
    let roots = cumulative(betas).map { $0.squareRoot() }
    let first = roots[0]
    let last = roots[roots.count - 1]
    let scale = first / (first - last)
    let alphas = roots.map { root in
      let moved = (root - last) * scale
      return moved * moved
    }
    return alphas.indices.map { $0 == 0 ? 1 - alphas[0] : 1 - alphas[$0] / alphas[$0 - 1] }
  }
}
