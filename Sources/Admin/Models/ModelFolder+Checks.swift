package import EmoGen
package import Vocabulary

extension ModelFolder {
  /// Finds out early, before gigabytes are loaded, what a render would refuse.
  ///
  /// - Throws: `InputError`.
  package func check(_ subject: Subject, _ settings: RenderSettings) throws {
    for (name, side) in [("width", settings.width), ("height", settings.height)] where side % multiple != 0 {
      let below = max(multiple, side / multiple * multiple)
      throw InputError(
        "the \(name) \(side) is not a multiple of \(multiple), which the model needs: use \(below) or \(below + multiple)"
      )
    }
    if subject.emotion != nil, !hasEmotions {
      throw InputError("\(path) has no emotion_space: it renders plain text only, with --text")
    }
  }
}
