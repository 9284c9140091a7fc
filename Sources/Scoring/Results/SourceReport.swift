package import Vocabulary

/// The figures of one source of images: a column of the comparison.
package struct SourceReport: Sendable {
  /// A bar of the histogram of attributes.
  package struct AttributeShare: Hashable, Sendable {
    package let attribute: String
    /// The attribute's emotion; nil if unknown.
    package let emotion: Emotion?
    package let images: Int
  }

  /// Counts the attributes of an emotion that occur in at least a share of `threshold` of its images.
  package struct Occurrence: Hashable, Sendable {
    package let attributes: Int
    package let occurring: Int

    /// The minimum share of an emotion's images in which an attribute must occur.
    package static let threshold = 0.03
    package var share: Double { attributes > 0 ? Double(occurring) / Double(attributes) : 0 }
  }

  /// The figures of one emotion's images.
  package struct EmotionReport: Sendable {
    package let emotion: Emotion
    package let images: Int
    /// By `Metric.rawValue`, without the metrics that cannot be measured.
    package let figures: [String: Estimate]
    /// Numbers of images by predicted emotion, in EmoSet's order: a row of the confusion matrix.
    package let predicted: [Int]
    /// The classifier's mean probability of each emotion, in EmoSet's order.
    package let probabilities: [Double]
    /// Numbers of images by nearest attribute, the most frequent first; attributes without images are omitted.
    package let attributes: [AttributeShare]
    /// Occurrence by the nearest text of an attribute.
    package let occurrence: Occurrence?
    /// Occurrence by the attribute classifier.
    package let classifiedOccurrence: Occurrence?

    package subscript(metric: Metric) -> Estimate? { figures[metric.rawValue] }
  }

  /// The role of a column in the comparison.
  package enum Role: String, Sendable {
    /// Images that should show their emotions: from an emotion space, a batch or a folder.
    case emotion
    /// Images rendered from plain text that names the emotion.
    case baseline
    /// Real images: FID compares with them, and their accuracy is that of the classifier itself.
    case real
    case other
  }

  package let label: String
  package let role: Role
  /// A description of where the images come from.
  package let origin: String
  package let images: Int
  /// What belongs to the source and was not measured.
  package let skipped: [LabelledImages.Skipped]
  package let figures: [String: Estimate]
  package let emotions: [EmotionReport]
  /// Occurrence over all emotions.
  package let occurrence: Occurrence?
  package let classifiedOccurrence: Occurrence?

  package subscript(metric: Metric) -> Estimate? { figures[metric.rawValue] }
}
