import Engine
import Files

/// Euler steps to below the next noise level, followed by new noise up to that level.
///
/// Source: k-diffusion's `sample_euler_ancestral` with η = 1; defaults of diffusers'
/// `EulerAncestralDiscreteScheduler`, which supports neither Karras levels nor a last level other than 0.
struct EulerAncestral: EulerMethod {
  let grid: EulerGrid

  init(_ configuration: SchedulerConfiguration, steps: Int) throws {
    if configuration.predictionType == .sample {
      throw SamplerError(.unsupported, "euler-ancestral: prediction_type sample is not supported; use another sampler")
    }
    var plain = configuration
    plain.finalSigma = nil
    grid = try EulerGrid(plain, steps: steps, spacing: nil)
  }

  func step(output: Tensor, call: Int, sample: Tensor, noise: () throws -> Tensor) throws -> Tensor {
    let (from, to) = (grid.sigmas[call], grid.sigmas[call + 1])
    let up = (to * to * (from * from - to * to) / (from * from)).squareRoot()
    let down = (to * to - up * up).squareRoot()
    let moved = grid.moved(
      sample, along: grid.derivative(of: sample, output: output, call: call), from: call, to: down)
    // The last step adds no noise, but it draws some nevertheless, because PyTorch's generator advances there too.
    return linearCombination((1, moved), (up, try noise()))
  }
}
