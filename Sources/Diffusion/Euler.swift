import Engine
import Files

/// Euler's method on the probability-flow equation in the variance-exploding form.
///
/// Source: Karras et al., 2022, algorithm 1; defaults of diffusers' `EulerDiscreteScheduler`.
struct Euler: EulerMethod {
  let grid: EulerGrid

  init(_ configuration: SchedulerConfiguration, steps: Int) throws {
    if let kind = configuration.interpolationType, kind != "linear" {
      throw SamplerError(.unsupported, "euler: interpolation_type is \"\(kind)\"; only linear is supported")
    }
    if let kind = configuration.timestepType, kind != "discrete",
      configuration.predictionType == .velocity
    {
      throw SamplerError(
        .unsupported, "euler: timestep_type is \"\(kind)\"; with v_prediction only discrete is supported")
    }
    grid = try EulerGrid(configuration, steps: steps, spacing: try SigmaSpacing(configuration, sampler: "euler"))
  }

  func step(output: Tensor, call: Int, sample: Tensor, noise: () throws -> Tensor) -> Tensor {
    grid.moved(
      sample, along: grid.derivative(of: sample, output: output, call: call), from: call, to: grid.sigmas[call + 1])
  }
}
