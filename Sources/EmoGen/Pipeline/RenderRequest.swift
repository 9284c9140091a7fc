package import Engine
package import Vocabulary

/// Images to render with one model: their subject, settings and seeds.
package struct RenderRequest: Sendable {
  package var subject: Subject
  package var settings: RenderSettings
  /// One seed per image, below 2⁶³.
  package var seeds: [UInt64]
  /// `[T, D]`; if set, all images use it instead of drawing from the emotion space.
  package var emotionVector: Tensor?
  /// `[1, h, w, C]`; if set, all images use it instead of drawing latents from their seeds.
  package var latents: Tensor?

  package init(subject: Subject, settings: RenderSettings, seeds: [UInt64]) {
    self.subject = subject
    self.settings = settings
    self.seeds = seeds
  }
}
