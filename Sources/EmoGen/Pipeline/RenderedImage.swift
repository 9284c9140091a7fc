package import Imaging

/// An image with what was done to make it.
package struct RenderedImage: Sendable {
  /// In the request's seeds.
  package let position: Int
  package let seed: UInt64
  package let image: RGBImage
  /// `[T][D]`; empty for plain text.
  package let emotionVector: [[Float]]
  /// Network calls that ran: the steps, one more for pndm.
  package let calls: Int
  /// Denoising steps that ran.
  package let steps: Int
  /// What made it: `EngineKind`'s description.
  package let engineKind: String
}
