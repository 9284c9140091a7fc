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
