package import Engine
import Files
package import Vocabulary

/// Turns noise into a sample over several network calls, with the same numbers as diffusers.
///
/// Works element-wise on tensors of any shape. A value holds the history of one run, so each batch needs a new sampler.
package struct Sampler: Sendable {
  package let name: SamplerName
  private var method: any SamplingMethod
  private var nextCall = 0

  /// - Parameter steps: 1 … the number of trained timesteps.
  /// - Throws: `SamplerError` if the sampler does not support the configuration or the number of steps.
  package init(_ name: SamplerName, configuration: SchedulerConfiguration, steps: Int) throws {
    let trained = try configuration.checkedTimesteps()
    guard steps >= 1, steps <= trained else {
      throw SamplerError(
        .steps, "\(steps) steps: must be from 1 to \(trained), the number of trained timesteps")
    }
    self.name = name
    method =
      switch name {
      case .ddim: try DDIM(configuration, steps: steps)
      case .pndm: try PNDM(configuration, steps: steps)
      case .euler: try Euler(configuration, steps: steps)
      case .eulerAncestral: try EulerAncestral(configuration, steps: steps)
      case .dpmpp2m: try DPMSolver(configuration, steps: steps)
      case .dpmpp2mKarras: try DPMSolver(configuration.withKarrasSigmas, steps: steps)
      case .unipc: try UniPC(configuration, steps: steps)
      }
  }

  /// The timestep of each network call; pndm makes one call more than the number of steps.
  package var timesteps: [Float] { method.timesteps }

  /// The factor that scales unit noise to the first sample.
  package var initialNoiseScale: Float { method.initialNoiseScale }

  /// The network's input for a call.
  package func scaled(_ sample: Tensor, call: Int) -> Tensor { method.scaled(sample, call: call) }

  /// The sample after a call.
  ///
  /// - Parameters:
  ///   - output: the network's output for the scaled sample, after guidance.
  ///   - noise: returns new unit noise of the sample's shape; only euler-ancestral calls it, once per call.
  /// - Precondition: `call` counts up from 0.
  package mutating func step(
    output: Tensor, call: Int, sample: Tensor, noise: () throws -> Tensor
  ) throws -> Tensor {
    precondition(call == nextCall && call < timesteps.count, "call \(call), expected call \(nextCall)")
    nextCall += 1
    return try method.step(output: output, call: call, sample: sample, noise: noise)
  }
}

extension SchedulerConfiguration {
  fileprivate var withKarrasSigmas: Self {
    var copy = self
    copy.useKarrasSigmas = true
    return copy
  }
}
