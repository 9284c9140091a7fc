import Files
import Foundation

/// How a run spaces its noise levels between the largest and the smallest one if it does not take those of evenly
/// spaced timesteps.
enum SigmaSpacing: Sendable {
  /// The ρ-th power of a linear ramp, ρ = 7.
  ///
  /// Source: Karras et al., "Elucidating the Design Space of Diffusion-Based Generative Models", formula (5).
  case karras
  /// A linear ramp of the logarithms.
  case exponential
  /// The quantiles of the beta distribution with α = β = 0.6.
  ///
  /// Source: Lee et al., "Beta Sampling is All You Need", 2024.
  case beta

  /// The spacing that a configuration requests; nil for that of the timesteps.
  ///
  /// - Throws: `SamplerError` if it requests several.
  init?(_ configuration: SchedulerConfiguration, sampler: String) throws {
    let requests: [(key: String, value: Bool?, spacing: SigmaSpacing)] = [
      ("use_karras_sigmas", configuration.useKarrasSigmas, .karras),
      ("use_exponential_sigmas", configuration.useExponentialSigmas, .exponential),
      ("use_beta_sigmas", configuration.useBetaSigmas, .beta),
    ]
    let requested = requests.filter { $0.value ?? false }
    guard requested.count <= 1 else {
      throw SamplerError(
        .unsupported,
        "\(sampler): \(requested.map(\.key).joined(separator: " and ")) exclude each other; set all but one to false "
          + "in scheduler_config.json")
    }
    guard let spacing = requested.first?.spacing else { return nil }
    self = spacing
  }

  /// `count` descending noise levels.
  func levels(from largest: Double, to smallest: Double, count: Int) -> [Double] {
    (0..<count).map { index in
      let ramp = count == 1 ? 0 : Double(index) / Double(count - 1)
      switch self {
      case .karras:
        let (start, end) = (pow(largest, 1 / 7), pow(smallest, 1 / 7))
        return pow(start + ramp * (end - start), 7)
      case .exponential:
        return exp(log(largest) + ramp * (log(smallest) - log(largest)))
      case .beta:
        return smallest + BetaDistribution(0.6).quantile(1 - ramp) * (largest - smallest)
      }
    }
  }
}

/// The beta distribution with α = β.
struct BetaDistribution {
  private let shape: Double
  /// B(α, α), the integral of the unnormalised density.
  private let integral: Double

  init(_ shape: Double) {
    self.shape = shape
    integral = tgamma(shape) * tgamma(shape) / tgamma(2 * shape)
  }

  /// The value below which the distribution has the given probability.
  func quantile(_ probability: Double) -> Double {
    // The distribution is symmetric, and the series converges fast below its middle.
    if probability > 0.5 { return 1 - quantile(1 - probability) }
    var (low, high) = (0.0, 0.5)
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if cumulative(middle) < probability { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// The probability of values below `value` ≤ ½, by the binomial series of the density.
  private func cumulative(_ value: Double) -> Double {
    var coefficient = 1.0
    var sum = 1 / shape
    var order = 1.0
    while coefficient > 1e-17 {
      coefficient *= (order - shape) / order * value
      sum += coefficient / (shape + order)
      order += 1
    }
    return pow(value, shape) / integral * sum
  }
}
