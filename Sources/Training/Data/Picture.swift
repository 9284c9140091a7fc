package import Imaging

/// A decoded and labelled image of a training set.
package struct Picture: Sendable {
  package let image: RGBImage
  /// The emotion's index in EmoSet's order.
  package let emotion: Int
  /// Normalised names of the image's scenes and objects, most specific first.
  package let attributes: [String]

  package init(image: RGBImage, emotion: Int, attributes: [String]) {
    self.image = image
    self.emotion = emotion
    self.attributes = attributes
  }
}
