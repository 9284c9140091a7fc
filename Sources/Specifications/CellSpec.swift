package import Vocabulary

/// One entry of `cells`: every emotion with every prompt, or every text, `count` images each.
package struct CellSpec: Hashable, Sendable {
  /// Empty where the entry has texts.
  package var emotions: [EmotionSpec]
  /// One empty prompt stands for the emotion alone.
  package var prompts: [String]
  /// Plain text without emotion; empty where the entry has emotions.
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

  /// What the entry multiplies out to, emotions outermost.
  package var subjects: [Subject] {
    guard texts.isEmpty else { return texts.map { .text($0) } }
    return emotions.flatMap { emotion in prompts.map { .emotion(emotion, prompt: $0) } }
  }

  /// How many cells the entry makes, without making them.
  var subjectCount: Int { texts.isEmpty ? emotions.count * prompts.count : texts.count }
}
