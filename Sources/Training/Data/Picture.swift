package import Imaging

/// A labelled picture of a training set, decoded.
package struct Picture: Sendable {
  package let image: RGBImage
  /// EmoSet's index of the emotion.
  package let emotion: Int
  /// Normalised names of what it shows, the most telling first.
  package let attributes: [String]

  package init(image: RGBImage, emotion: Int, attributes: [String]) {
    self.image = image
    self.emotion = emotion
    self.attributes = attributes
  }
}
