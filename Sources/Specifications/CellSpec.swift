package import Vocabulary

/// An entry of `cells`: every emotion with every prompt, or every text, with `count` images each.
package struct CellSpec: Hashable, Sendable {
  /// Empty if the entry has texts.
  package var emotions: [EmotionSpec]
  /// A single empty prompt means the emotion alone.
  package var prompts: [String]
  /// Plain text without an emotion; empty if the entry has emotions.
  package var texts: [String]
  package var count: Int
  package var settings: SettingsOverride

  package init(
    emotions: [EmotionSpec] = [], prompts: [String] = [""], texts: [String] = [], count: Int,
    settings: SettingsOverride = SettingsOverride()
  ) {
    self.emotions = emotions
    self.prompts = prompts
    self.texts = texts
    self.count = count
    self.settings = settings
  }

  /// The subjects that the entry expands to, with emotions as the outermost loop.
  package var subjects: [Subject] {
    guard texts.isEmpty else { return texts.map { .text($0) } }
    return emotions.flatMap { emotion in prompts.map { .emotion(emotion, prompt: $0) } }
  }

  /// The number of cells that the entry expands to, computed without expanding it.
  var subjectCount: Int { texts.isEmpty ? emotions.count * prompts.count : texts.count }
}
