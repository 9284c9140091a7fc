package import Imaging

/// A picture of EmoSet with its emotion and attributes.
package struct EmoSetRecord: Sendable, Equatable {
  /// EmoSet's name of the emotion, such as `awe`.
  package let emotion: String
  package let split: EmoSetSplit
  /// The picture's file.
  package let image: String
  /// The annotation's file.
  package let annotation: String
  package let imageID: String?
  /// The annotated scene; nil if the annotation has none.
  package let scene: String?
  /// The annotated objects; empty if the annotation has none.
  package let objects: [String]
  /// 0.0 … 1.0 in eleven levels, where annotated.
  package let brightness: Double?
  /// 0.0 … 1.0 in eleven levels, where annotated.
  package let colorfulness: Double?

  /// The scene and the objects by their normalised names, each once.
  package var attributes: [String] {
    var names: [String] = []
    for name in ((scene.map { [$0] } ?? []) + objects).map(EmoSetInfo.normalised) where !names.contains(name) {
      names.append(name)
    }
    return names
  }

  /// The picture at its original size.
  ///
  /// - Throws: The errors of `ImageFile.read` if the file is missing or damaged.
  package func picture() throws -> RGBImage { try ImageFile.readUpright(image) }
}
