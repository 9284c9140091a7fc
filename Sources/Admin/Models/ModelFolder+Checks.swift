package import EmoGen
import Files
package import Vocabulary

extension ModelFolder {
  /// Finds out early, before gigabytes are loaded, what a render would refuse.
  ///
  /// - Throws: `InputError`.
  package func check(_ subject: Subject, _ settings: RenderSettings) throws {
    if let misfit = settings.misfit(multiple: multiple) { throw InputError(misfit) }
    if subject.emotion != nil, !hasEmotions {
      throw InputError("\(path) has no emotion_space: it renders plain text only, with --text")
    }
  }
}
