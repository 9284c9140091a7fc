import DrawnPictures
import Vocabulary

/// Pictures of the procedural stand-in for EmoSet, drawn straight into memory.
package enum SyntheticPictures {
  /// `perAttribute` pictures of each attribute, the attributes in turn.
  ///
  /// - Parameters:
  ///   - first: the index of the first picture of each.
  ///   - onBlock: runs after a picture of each; what it throws ends the drawing.
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
