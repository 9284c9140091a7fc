import Engine

/// Heun's method on the probability-flow equation in the variance-exploding form: each step but the last, which ends
/// without noise, is an Euler step that a second call at its end corrects.
///
/// Source: Karras et al., 2022, algorithm 1; defaults of diffusers' `HeunDiscreteScheduler`.
struct Heun: SamplingMethod {
  private let grid: EulerGrid

  /// The sample and the derivative at the start of the step that is to be corrected.
  private var start: (sample: Tensor, derivative: Tensor)?

  init(_ configuration: SchedulerConfiguration, steps: Int) throws {
    var plain = configuration.assuming(betas: (0.00085, 0.012), .linear)
    plain.finalSigma = nil
    plain.rescaleBetasZeroSNR = nil
    let clip = configuration.clipSample ?? false ? Float(configuration.clipSampleRange ?? 1) : nil
    grid = try EulerGrid(plain, steps: steps, spacing: try SigmaSpacing(configuration, sampler: "heun"), clip: clip)
  }

  var timesteps: [Float] { grid.timesteps.prefix(1) + grid.timesteps.dropFirst().flatMap { [$0, $0] } }
  var initialNoiseScale: Float { grid.initialNoiseScale }

  func noised(_ sample: Tensor, _ noise: Tensor, call: Int) -> Tensor {
    grid.noised(sample, noise, call: level(of: call))
  }

  func scaled(_ sample: Tensor, call: Int) -> Tensor { grid.scaled(sample, call: level(of: call)) }

  mutating func step(output: Tensor, call: Int, sample: Tensor, noise: () throws -> Tensor) -> Tensor {
    let level = level(of: call)
    let derivative = grid.derivative(of: sample, output: output, call: level)
    guard let start else {
      self.start = (sample, derivative)
      return grid.moved(sample, along: derivative, from: level, to: grid.sigmas[level + 1])
    }
    self.start = nil
    let average = start.derivative.zipped(with: derivative) { ($0 + $1) / 2 }
    return grid.moved(start.sample, along: average, from: level - 1, to: grid.sigmas[level])
  }

  /// The noise level of a call's sample: every level but the first is visited by the correction and by the next step.
  private func level(of call: Int) -> Int { (call + 1) / 2 }
}
