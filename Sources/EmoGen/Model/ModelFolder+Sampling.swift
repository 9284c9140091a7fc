import Diffusion
import Files
import Models
package import Vocabulary

/// How many calls of the denoiser render an image.
package struct DenoiserCalls: Sendable, Equatable {
  package let all: Int
  /// Of these, the ones that compute a prompt and a negative prompt.
  package let guided: Int

  package init(all: Int, guided: Int) {
    (self.all, self.guided) = (all, guided)
  }
}

extension ModelFolder {
  /// A new sampler, which begins later if the image starts from a picture.
  ///
  /// - Throws: `SamplerError` if the sampler cannot run with these settings and the model's scheduler, `RenderError` if the
  ///   guidance interval means nothing for it.
  func sampler(for settings: RenderSettings) throws -> Sampler {
    // diffusers has a pipeline of its own for models that take the guidance scale as an input: from a picture, it makes
    // all steps, spread over the part of the schedule that remains.
    let configuration = scheduler(for: settings)
    guard settings.shortcuts.guidanceInterval == .whole || !configuration.hasContinuousTimesteps(settings.sampler)
    else {
      throw RenderError(
        "the model's scheduler gives euler noise levels in the place of timesteps (timestep_type continuous), so there is "
          + "no guidance interval: leave it out, or use another sampler")
    }
    let isSpread = settings.source != nil && unet.guidanceChannels != nil && settings.sampler == .lcm
    var sampler = try Sampler(
      settings.sampler, configuration: configuration, steps: settings.steps, eta: settings.eta,
      spacing: settings.timestepSpacing, distilledPart: isSpread ? settings.strength : 1)
    if settings.source != nil, !isSpread { try sampler.begin(strength: settings.strength) }
    return sampler
  }

  /// Whether a step is computed with and without the prompt.
  func isGuided(_ settings: RenderSettings, at timestep: Float) -> Bool {
    guard settings.isGuided, unet.guidanceChannels == nil else { return false }
    let interval = settings.shortcuts.guidanceInterval
    let trained = Double(scheduler.numTrainTimesteps ?? 1000)
    // Continuous timesteps are logarithms, which may be negative.
    return interval == .whole || interval.contains(Double(timestep) / trained)
  }

  /// Counts the calls that an image with these settings takes, without rendering.
  ///
  /// - Throws: `SamplerError` if the sampler cannot run with these settings and the model's scheduler.
  package func calls(for settings: RenderSettings) throws -> DenoiserCalls {
    let sampler = try sampler(for: settings)
    let timesteps = sampler.timesteps[sampler.firstCall...]
    return DenoiserCalls(all: timesteps.count, guided: timesteps.count { isGuided(settings, at: $0) })
  }
}
