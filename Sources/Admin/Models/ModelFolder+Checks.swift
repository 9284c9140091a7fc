package import EmoGen
import Files
package import Vocabulary

extension ModelFolder {
  /// Detects what a render would refuse before gigabytes are loaded.
  ///
  /// - Throws: `InputError`.
  package func check(_ subject: Subject, _ settings: RenderSettings) throws {
    if let misfit = settings.misfit(multiple: multiple) { throw InputError(misfit) }
    if subject.emotion != nil, !hasEmotions {
      throw InputError("\(path) has no emotion_space: it renders plain text only, with --text")
    }
    do {
      try settings.promptSyntax.check(subject.words, "the prompt")
      try settings.promptSyntax.check(settings.negative, "the negative prompt")
    } catch {
      throw InputError(error.description)
    }
  }
}
