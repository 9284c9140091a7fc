/// How pictures are varied before they are trained on.
package struct Augmentation: Hashable, Sendable {
  /// Probability of being mirrored left to right.
  package var flip: Double
  /// The furthest that a picture moves, as a share of its side; its edges are repeated.
  package var shift: Double
  /// The smallest share of the area that a random crop keeps before it is resized back; 1 for no crop.
  package var crop: Double
  /// The largest relative change of brightness, contrast and saturation, half of it of each colour's balance; 0 for
  /// none.
  package var jitter: Double
  /// The largest share of the detail that is lost: a picture is made smaller by up to that and enlarged again.
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
