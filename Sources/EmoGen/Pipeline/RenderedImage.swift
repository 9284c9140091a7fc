package import Imaging

/// An image and how it was rendered.
package struct RenderedImage: Sendable {
  /// The position in the request's seeds.
  package let position: Int
  package let seed: UInt64
  package let image: RGBImage
  /// `[T][D]`; empty for plain text.
  package let emotionVector: [[Float]]
  /// The number of network calls: the steps, plus one for pndm, or twice the steps less one for heun.
  package let calls: Int
  /// The number of denoising steps.
  package let steps: Int
  /// The description of the `EngineKind` that rendered the image.
  package let engineKind: String

  package init(
    position: Int, seed: UInt64, image: RGBImage, emotionVector: [[Float]], calls: Int, steps: Int, engineKind: String
  ) {
    self.position = position
    self.seed = seed
    self.image = image
    self.emotionVector = emotionVector
    self.calls = calls
    self.steps = steps
    self.engineKind = engineKind
  }
}
