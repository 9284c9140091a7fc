package import Diffusion

/// How an image is rendered, apart from what it shows and its seed.
package struct RenderSettings: Codable, Hashable, Sendable {
  /// Pixels.
  package var width: Int
  /// Pixels.
  package var height: Int
  /// Denoising steps as asked for.
  package var steps: Int
  package var sampler: SamplerName
  /// Classifier-free guidance scale; 1 switches guidance off.
  package var guidance: Double
  /// The prompt of the unconditional half.
  package var negative: String

  package init(width: Int, height: Int, steps: Int, sampler: SamplerName, guidance: Double, negative: String = "") {
    self.width = width
    self.height = height
    self.steps = steps
    self.sampler = sampler
    self.guidance = guidance
    self.negative = negative
  }

  /// The official code's settings, used where a model folder has no `emogen.json`.
  package static let official = RenderSettings(width: 512, height: 512, steps: 50, sampler: .unipc, guidance: 7.5)
}
