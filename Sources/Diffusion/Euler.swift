import Engine
import Files
package import Vocabulary

/// Euler's method on the probability-flow equation in the variance-exploding form.
///
/// Source: Karras et al., 2022, algorithm 1; defaults of diffusers' `EulerDiscreteScheduler`.
struct Euler: EulerMethod {
  let grid: EulerGrid

  init(_ configuration: SchedulerConfiguration, steps: Int) throws {
    let interpolation = configuration.interpolationType ?? "linear"
    guard ["linear", "log_linear"].contains(interpolation) else {
      throw SamplerError(
        .unsupported, "euler: interpolation_type is \"\(interpolation)\"; supported: linear, log_linear")
    }
    grid = try EulerGrid(
      configuration, steps: steps, spacing: try SigmaSpacing(configuration, sampler: "euler"),
      isLogarithmic: interpolation == "log_linear",
      isContinuous: configuration.hasContinuousTimesteps(.euler))
  }

  func step(output: Tensor, call: Int, sample: Tensor, noise: () throws -> Tensor) -> Tensor {
    grid.moved(
      sample, along: grid.derivative(of: sample, output: output, call: call), from: call, to: grid.sigmas[call + 1])
  }
}

extension SchedulerConfiguration {
  /// Whether the network takes a noise level, which is no position in the trained schedule, for the timestep.
  package func hasContinuousTimesteps(_ sampler: SamplerName) -> Bool {
    sampler == .euler && timestepType == "continuous" && predictionType == .velocity
  }
}
