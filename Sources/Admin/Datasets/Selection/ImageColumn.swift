package import Farm
import Vocabulary

/// What conditions are about: an image's row, and what was measured of it.
package struct ImageFacts: Sendable {
  package let row: ImageRow
  /// nil if it was not measured.
  package let measurement: ImageMeasurement?

  package init(row: ImageRow, measurement: ImageMeasurement?) {
    self.row = row
    self.measurement = measurement
  }

  /// The measured probability of the image's own emotion; nil for plain text.
  var probability: Double? {
    guard let emotion = row.subject.emotion?.dominant, let all = measurement?.emotions,
      all.indices.contains(emotion.index)
    else { return nil }
    return Double(all[emotion.index])
  }

  /// Whether the classifier finds the image's own emotion most probable; nil if it was not measured, or for plain text.
  var isRecognised: Bool? {
    guard let emotion = row.subject.emotion?.dominant else { return nil }
    return measurement?.emotion.map { $0 == emotion }
  }
}

/// A value of an image that conditions compare: its name, its kind, and what is known of the image.
///
/// ``all`` is the one list of them; help and errors are made from it.
package struct ImageColumn: Sendable {
  enum Kind: Sendable {
    case text, whole, number, flag
    /// One of these words.
    case words([String])
  }

  let column: ImageFilter.Column
  let kind: Kind
  /// nil if the row has none.
  let value: @Sendable (ImageFacts) -> ImageFilter.Value?

  package var name: String { column.rawValue }

  package static let all: [ImageColumn] = [
    .text(.emotion, of: Emotion.names) { $0.row.subject.emotion?.dominant.rawValue },
    .text(.emotionSpec) { $0.row.subject.emotion?.description },
    .text(.prompt) { $0.row.subject.emotion == nil ? nil : $0.row.subject.words },
    .text(.text) { $0.row.subject.emotion == nil ? $0.row.subject.words : nil },
    .text(.negative) { $0.row.settings.negative },
    .whole(.seed) { Int(exactly: $0.row.seed) },
    .whole(.width) { $0.row.settings.width },
    .whole(.height) { $0.row.settings.height },
    .whole(.steps) { $0.row.actualSteps },
    .text(.sampler) { $0.row.settings.sampler.rawValue },
    .number(.guidance) { $0.row.settings.guidance },
    .whole(.batch) { Int($0.row.batch) },
    .whole(.index) { $0.row.index },
    .whole(.cell) { $0.row.cell },
    .text(.sha256) { $0.row.sha256 },
    .text(.modelDigest) { $0.row.modelDigest },
    .text(.engineKind) { $0.row.engine },
    .whole(.worker) { Int($0.row.worker) },
    .number(.seconds) { $0.row.seconds },
    .whole(.bytes) { $0.row.bytes },
    .text(.measuredEmotion, of: Emotion.names) { $0.measurement?.emotion?.rawValue },
    .flag(.recognised) { $0.isRecognised },
    .number(.emotionProbability) { $0.probability },
    .text(.attribute) { $0.measurement?.attribute },
    .number(.content) { ($0.measurement?.content).map { Double($0) } },
  ]

  private static let byColumn = Dictionary(all.map { ($0.column, $0) }) { first, _ in first }

  static func value(of column: ImageFilter.Column, in image: ImageFacts) -> ImageFilter.Value? {
    byColumn[column]?.value(image)
  }

  private static func text(
    _ column: ImageFilter.Column, of words: [String]? = nil, _ value: @escaping @Sendable (ImageFacts) -> String?
  ) -> ImageColumn {
    ImageColumn(column: column, kind: words.map { .words($0) } ?? .text) { value($0).map { .text($0) } }
  }

  private static func whole(
    _ column: ImageFilter.Column, _ value: @escaping @Sendable (ImageFacts) -> Int?
  ) -> ImageColumn {
    ImageColumn(column: column, kind: .whole) { value($0).map { .whole($0) } }
  }

  private static func number(
    _ column: ImageFilter.Column, _ value: @escaping @Sendable (ImageFacts) -> Double?
  ) -> ImageColumn {
    ImageColumn(column: column, kind: .number) { value($0).map { .number($0) } }
  }

  private static func flag(
    _ column: ImageFilter.Column, _ value: @escaping @Sendable (ImageFacts) -> Bool?
  ) -> ImageColumn {
    ImageColumn(column: column, kind: .flag) { value($0).map { .flag($0) } }
  }
}
