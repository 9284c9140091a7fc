/// Random changes applied to images before training on them.
package struct Augmentation: Hashable, Sendable {
  /// The probability of mirroring an image horizontally.
  package var flip: Double
  /// The maximum shift as a fraction of the side; edges are repeated.
  package var shift: Double
  /// The minimum fraction of the area kept by a random crop, which is resized back; 1 disables cropping.
  package var crop: Double
  /// The maximum relative change of brightness, contrast and saturation; colour balance changes by at most half of it.
  /// 0 disables it.
  package var jitter: Double
  /// The maximum fraction of detail that is lost by downscaling an image and enlarging it again.
  package var blur: Double

  package init(
    flip: Double = 0.5, shift: Double = 1.0 / 16, crop: Double = 1, jitter: Double = 0, blur: Double = 0
  ) {
    self.flip = flip
    self.shift = shift
    self.crop = crop
    self.jitter = jitter
    self.blur = blur
  }
}
