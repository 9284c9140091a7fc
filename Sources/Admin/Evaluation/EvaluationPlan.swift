import Checkpoints
package import EmoGen
import Foundation
package import Scoring
package import Vocabulary

/// The sources of a comparison, read from folders and checked before any network is loaded.
package struct EvaluationPlan {
  /// A model whose images are rendered.
  package struct Model: Sendable {
    package let label: String
    package let folder: ModelFolder

    package init(label: String, folder: ModelFolder) {
      self.label = label
      self.folder = folder
    }
  }

  /// Images rendered in addition to, or instead of, the models' emotions; the first model renders them all.
  package struct Contents: Sendable {
    package var emotions = true
    /// Whether "an image of {emotion}" is rendered.
    package var baseline = false
    /// Plain texts; `{emotion}` and `{attribute}` stand for each emotion and its attributes in turn.
    package var texts: [NamedSource] = []
    /// Words that follow each emotion.
    package var prompts: [NamedSource] = []
    /// Mixtures and fusions, each counted under its dominant emotion.
    package var mixtures: [String] = []
    package var perEmotion = 100
    package var settings = SettingsOverride()
    /// Added to every image's seed.
    package var seed: UInt64 = 0

    package init() {}
  }

  package let emotions: [Emotion]
  /// The folder of the classifiers.
  package let classifiers: String
  package let attributes: AttributeTable?
  /// The columns of each model.
  package let rendered: [(model: Model, columns: [RenderedColumn])]
  package let folders: [FolderColumn]

  /// - Parameters:
  ///   - folders: images in folders.
  ///   - real: the folder of real pictures, which FID compares with.
  ///   - split: the part of the folders that are datasets.
  ///   - classifiers: their folder.
  ///   - attributes: a `confidence.json`; if nil, the first one found in the models' and classifiers' folders.
  /// - Throws: `MetricsError`, `CheckpointError`, `InputError` or `EmotionSpecError` that says what cannot be rendered or read.
  package init(
    emotions: [Emotion], models: [Model], contents: Contents, folders: [NamedSource], real: NamedSource?,
    split: String?, classifiers: String, attributes: String?
  ) throws {
    self.emotions = emotions
    self.classifiers = classifiers
    let places = (models.map(\.folder.path) + [classifiers]).map { "\($0)/emotion_space/confidence.json" }
    let file = attributes ?? places.first { FileManager.default.fileExists(atPath: $0) }
    let table = try file.map { try AttributeTable(confidence: $0) }
    self.attributes = table
    rendered = try models.enumerated().map { number, model in
      (model, try Self.columns(contents, of: model, isFirst: number == 0, emotions, table))
    }
    self.folders = try (folders.map { ($0, false) } + (real.map { [($0, true)] } ?? [])).map { source, isReal in
      FolderColumn(
        label: source.name ?? (isReal ? "real pictures" : source.label), role: isReal ? .real : .emotion,
        images: try LabelledImages(source.value, split: split, emotions: emotions))
    }
  }

  private static func columns(
    _ contents: Contents, of model: Model, isFirst: Bool, _ emotions: [Emotion],
    _ table: AttributeTable?
  ) throws -> [RenderedColumn] {
    let path = model.folder.path
    var parts: [(label: String, role: SourceReport.Role, origin: String, content: RenderedImages.Content)] = []
    if contents.emotions { parts.append((model.label, .emotion, "emotions of \(path)", .emotion(prompt: ""))) }
    if isFirst {
      let texts = (contents.baseline ? [NamedSource("an image of {emotion}")] : []) + contents.texts
      parts += texts.map {
        ($0.name ?? $0.value, .baseline, "the text \"\($0.value)\" with \(path)", .text($0.value))
      }
      parts += contents.prompts.map {
        ($0.name ?? $0.value, .other, "emotions with the words \"\($0.value)\" of \(path)", .emotion(prompt: $0.value))
      }
      parts += try contents.mixtures.map {
        ($0, .other, "the mixture \($0) of \(path)", .spec(try EmotionSpec(parsing: $0)))
      }
    }
    let settings = try model.folder.settings(contents.settings).mapFiles { try $0.identified() }
    let special = (settings.shortcuts.words + settings.extras).map { ", \($0)" }.joined()
    return try parts.map { label, role, origin, content in
      let images = try RenderedImages(
        content, emotions: emotions, perEmotion: contents.perEmotion, settings: settings, seed: contents.seed,
        attributes: table)
      for emotion in images.emotions {
        for request in images.requests(emotion) { try model.folder.check(request.subject, request.settings) }
      }
      return RenderedColumn(label: label, role: role, origin: origin + special, images: images)
    }
  }
}
