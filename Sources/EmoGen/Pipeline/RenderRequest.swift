package import Engine
package import Vocabulary

/// Images to render with one model: what they show, how, and a seed for each.
package struct RenderRequest: Sendable {
  package var subject: Subject
  package var settings: RenderSettings
  /// One a image, below 2⁶³.
  package var seeds: [UInt64]
  /// `[T, D]`, used for every image instead of drawing from the emotion space.
  package var emotionVector: Tensor?
  /// `[1, h, w, C]`, used for every image instead of drawing from its seed.
  package var latents: Tensor?

  package init(subject: Subject, settings: RenderSettings, seeds: [UInt64]) {
    self.subject = subject
    self.settings = settings
    self.seeds = seeds
  }
}
