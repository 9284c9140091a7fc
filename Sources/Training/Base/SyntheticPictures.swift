import DrawnPictures
import Vocabulary

/// Images of the procedural stand-in for EmoSet, drawn in memory.
package enum SyntheticPictures {
  /// Draws `perAttribute` images of each attribute, with the attributes taking turns.
  ///
  /// - Parameters:
  ///   - first: the index of each attribute's first image.
  ///   - onBlock: called after one image of each attribute; throwing stops the drawing.
  package static func draw(
    perAttribute: Int, first: Int = 0, size: Int, seed: UInt64, onBlock: () throws -> Void
  ) rethrows -> PictureSet {
    var pictures: [Picture] = []
    for index in first..<first + perAttribute {
      for attribute in SyntheticAttribute.all {
        pictures.append(
          Picture(
            image: attribute.draw(index: index, size: size, seed: seed),
            emotion: attribute.emotion(index: index).index, attributes: [attribute.name]))
      }
      try onBlock()
    }
    return PictureSet(pictures, size: size)
  }
}
