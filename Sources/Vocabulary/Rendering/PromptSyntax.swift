/// How the words of a prompt are read.
package enum PromptSyntax: String, CaseIterable, Codable, Hashable, Sendable {
  /// Every character counts as written; words beyond the text encoder's positions are cut.
  case literal
  /// Every character counts as written; words beyond the text encoder's positions are encoded in further chunks.
  case long
  /// AUTOMATIC1111's syntax: `(word)`, `(word:1.3)` and `[word]` weigh words, `\(` is a bracket; long prompts are
  /// encoded in chunks.
  case a1111
}

extension PromptSyntax {
  /// Checks that a text is in this syntax.
  ///
  /// - Parameter key: the text's key for the error.
  /// - Throws: ``SettingError`` naming what the syntax does not support here.
  package func check(_ text: String, _ key: String) throws(SettingError) {
    guard self == .a1111 else { return }
    do {
      _ = try WeightedText(parsing: text)
    } catch {
      throw SettingError(key, part: error.part, error.message)
    }
  }
}
