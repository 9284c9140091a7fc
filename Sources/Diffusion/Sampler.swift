package import Engine
import Files
package import Vocabulary

/// Turns noise into a sample over several network calls, with the same numbers as diffusers.
///
/// Works element-wise on tensors of any shape. A value holds the history of one run, so each batch needs a new sampler.
package struct Sampler: Sendable {
  package let name: SamplerName
  private var method: any SamplingMethod
  /// The steps that the run makes: those asked for, less those that a run from a picture skips.
  package private(set) var steps: Int
  /// The first call of the run: 0 unless it starts from a picture.
  package private(set) var firstCall = 0
  private var nextCall = 0

  /// - Parameters:
  ///   - steps: 1 … the number of trained timesteps.
  ///   - eta: how much noise a step adds, from 0 to 1, if the sampler takes it; nil for the sampler's default.
  ///   - spacing: replaces the configuration's `timestep_spacing`.
  ///   - distilledPart: the part of the timesteps of a distilled model, from the clean end, over which lcm spreads its
  ///     steps.
  /// - Throws: `SamplerError` if the sampler does not support the configuration, the number of steps or the spacing.
  package init(
    _ name: SamplerName, configuration: SchedulerConfiguration, steps: Int, eta: Double? = nil,
    spacing: TimestepSpacing? = nil, distilledPart: Double = 1
  ) throws {
    let configuration = try spacing.map { try configuration.spaced($0, for: name) } ?? configuration
    try configuration.checkValues(readBy: name)
    let trained = try configuration.checkedTimesteps()
    guard steps >= 1, steps <= trained else {
      throw SamplerError(
        .steps, "\(steps) steps: must be from 1 to \(trained), the number of trained timesteps")
    }
    self.name = name
    self.steps = steps
    method =
      switch name {
      case .ddim: try DDIM(configuration, steps: steps, eta: eta ?? 0)
      case .pndm: try PNDM(configuration, steps: steps)
      case .euler: try Euler(configuration, steps: steps)
      case .eulerAncestral: try EulerAncestral(configuration, steps: steps)
      case .dpmpp2m: try DPMSolver(configuration, steps: steps)
      case .dpmpp2mKarras: try DPMSolver(configuration.withKarrasSigmas, steps: steps)
      case .unipc: try UniPC(configuration, steps: steps)
      case .ddpm: try DDPM(configuration, steps: steps)
      case .deis: try DEIS(configuration, steps: steps)
      case .heun: try Heun(configuration, steps: steps)
      case .lms: try LMS(configuration, steps: steps)
      case .lcm: try LCM(configuration, steps: steps, part: distilledPart)
      case .tcd: try TCD(configuration, steps: steps, eta: eta ?? 0)
      case .dpmpp2mSDE: try DPMSolver(configuration, steps: steps, stochastic: true)
      case .dpmppSDE: try DPMSolverSinglestep(configuration, steps: steps)
      }
  }

  /// The timestep of each network call; n steps are n calls, but n + 1 for pndm and 2n − 1
  /// for heun.
  package var timesteps: [Float] { method.timesteps }

  /// The factor that scales unit noise to the first sample.
  package var initialNoiseScale: Float { method.initialNoiseScale }

  /// Skips the first calls of a run that starts from a picture: of n steps, the last ⌊n · strength⌋ remain, as in
  /// diffusers; pndm's additional call remains in any case.
  ///
  /// - Parameter strength: above 0, at most 1.
  /// - Throws: `SamplerError` if no step remains or the sampler cannot begin there.
  package mutating func begin(strength: Double) throws {
    guard strength > 0, strength <= 1 else {
      throw SamplerError(.unsupported, "strength \(strength): must be above 0 and at most 1")
    }
    let remaining = min(Int(Double(steps) * strength), steps)
    firstCall = (steps - remaining) * name.callsPerStep
    guard firstCall < timesteps.count else {
      throw SamplerError(
        .steps, "strength \(strength) of \(steps) steps leaves no step: use more steps or a higher strength")
    }
    try method.begin(at: firstCall)
    steps = max(remaining, 1)
    nextCall = firstCall
  }

  /// A clean sample with unit noise added up to the noise level of the first call.
  package func noised(_ sample: Tensor, _ noise: Tensor) -> Tensor {
    method.noised(sample, noise, call: firstCall)
  }

  /// The network's input for a call.
  package func scaled(_ sample: Tensor, call: Int) -> Tensor { method.scaled(sample, call: call) }

  /// The sample after a call.
  ///
  /// - Parameters:
  ///   - output: the network's output for the scaled sample, after guidance.
  ///   - noise: returns new unit noise of the sample's shape; only stochastic samplers call it, at most
  ///     once per call.
  /// - Precondition: `call` counts up from `firstCall`.
  package mutating func step(
    output: Tensor, call: Int, sample: Tensor, noise: () throws -> Tensor
  ) throws -> Tensor {
    precondition(call == nextCall && call < timesteps.count, "call \(call), expected call \(nextCall)")
    nextCall += 1
    return try method.step(output: output, call: call, sample: sample, noise: noise)
  }
}

extension SchedulerConfiguration {
  /// The configuration with the defaults of a class whose betas differ from those of most classes.
  func assuming(betas: (start: Double, end: Double), _ schedule: BetaSchedule) -> Self {
    var copy = self
    copy.betaStart = betaStart ?? betas.start
    copy.betaEnd = betaEnd ?? betas.end
    copy.betaSchedule = betaSchedule ?? schedule
    return copy
  }

  /// The configuration with timesteps selected as `spacing` says.
  ///
  /// - Throws: `SamplerError` if this has no effect on the sampler.
  fileprivate func spaced(_ spacing: TimestepSpacing, for name: SamplerName) throws -> Self {
    let isSolver = [.dpmpp2m, .dpmpp2mSDE, .deis, .unipc].contains(name)
    if isSolver, let levels = try SigmaSpacing(self, sampler: name.rawValue) {
      throw SamplerError(
        .unsupported,
        "\(name.rawValue): timestep_spacing has no effect, because scheduler_config.json sets use_\(levels)_sigmas; "
          + "leave it out or use another sampler")
    }
    var copy = self
    copy.timestepSpacing = spacing
    copy.unusable[.timestepSpacing] = nil
    return copy
  }

  fileprivate var withKarrasSigmas: Self {
    var copy = self
    copy.useKarrasSigmas = true
    return copy
  }
}
