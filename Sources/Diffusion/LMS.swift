import Engine

/// A linear multistep method of order up to four on the probability-flow equation in the variance-exploding form.
///
/// Source: k-diffusion's `sample_lms`; defaults of diffusers' `LMSDiscreteScheduler`.
struct LMS: EulerMethod {
  private static let order = 4

  let grid: EulerGrid
  /// The last derivatives, at most four, newest first.
  private var derivatives: [Tensor] = []

  init(_ configuration: SchedulerConfiguration, steps: Int) throws {
    let spacing = try SigmaSpacing(configuration, sampler: "lms")
    var plain = configuration
    plain.finalSigma = nil
    plain.rescaleBetasZeroSNR = nil
    if spacing == .karras { (plain.sigmaMin, plain.sigmaMax) = (nil, nil) }
    grid = try EulerGrid(plain, steps: steps, spacing: spacing)
  }

  mutating func step(output: Tensor, call: Int, sample: Tensor, noise: () throws -> Tensor) -> Tensor {
    let newest = grid.derivative(of: sample, output: output, call: call)
    derivatives = [newest] + derivatives.prefix(Self.order - 1)
    // A run from a picture has fewer derivatives than its first calls have weights; diffusers drops the others, too.
    let change = Tensor.linearCombination(Array(zip(weights(call), derivatives)))
    return sample.zipped(with: change) { $0 + $1 }
  }

  /// The integrals over the step of the Lagrange polynomials at the last noise levels, newest first.
  private func weights(_ call: Int) -> [Float] {
    let levels = (0..<min(Self.order, call + 1)).map { Double(grid.sigmas[call - $0]) }
    let (start, end) = (levels[0], Double(grid.sigmas[call + 1]))
    return levels.indices.map { own in
      let polynomial = { (sigma: Double) in
        levels.indices.filter { $0 != own }.reduce(1.0) {
          $0 * (sigma - levels[$1]) / (levels[own] - levels[$1])
        }
      }
      // Two Gauss–Legendre nodes integrate polynomials of degree three exactly.
      let (middle, half) = ((start + end) / 2, (end - start) / 2)
      let node = half / 3.0.squareRoot()
      return Float(half * (polynomial(middle - node) + polynomial(middle + node)))
    }
  }
}
