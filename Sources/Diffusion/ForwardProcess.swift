package import Engine

/// Adds the noise that a denoiser learns to remove.
package struct ForwardProcess: Sendable {
  private let schedule: NoiseSchedule

  /// - Throws: `SamplerError` if the timesteps or betas of the configuration do not form a valid schedule.
  package init(_ configuration: SchedulerConfiguration) throws {
    schedule = try NoiseSchedule(configuration)
  }

  /// The number of trained timesteps.
  package var count: Int { schedule.count }

  /// √ᾱ · latents + √(1 − ᾱ) · noise, with the ᾱ of each sample's timestep.
  ///
  /// - Parameters:
  ///   - latents: `[N, …]`, scaled; `noise`: the same shape.
  ///   - timesteps: N of them, within `0..<count`.
  package func noised(_ latents: Tensor, _ noise: Tensor, timesteps: [Int]) -> Tensor {
    .concatenated(
      timesteps.enumerated().map { sample, timestep in
        schedule.noised(latents.slice(sample..<sample + 1), noise.slice(sample..<sample + 1), timestep: timestep)
      })
  }
}
