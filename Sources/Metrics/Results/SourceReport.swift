package import Vocabulary

/// What was measured of one source of images: a column of the comparison.
package struct SourceReport: Sendable {
  /// A bar of a histogram.
  package struct AttributeShare: Hashable, Sendable {
    package let attribute: String
    /// The emotion that it belongs to; nil where that is not known.
    package let emotion: Emotion?
    package let images: Int
  }

  /// How many of an emotion's own attributes occur in at least `Self.threshold` of its images.
  package struct Occurrence: Hashable, Sendable {
    package let attributes: Int
    package let occurring: Int

    /// The smallest share of an emotion's images that counts as occurring.
    package static let threshold = 0.03
    package var share: Double { attributes > 0 ? Double(occurring) / Double(attributes) : 0 }
  }

  /// What was measured of one emotion's images.
  package struct EmotionReport: Sendable {
    package let emotion: Emotion
    package let images: Int
    /// By `Metric.rawValue`; what cannot be measured is not there.
    package let figures: [String: Estimate]
    /// Images by the emotion that the classifier sees, in EmoSet's order: a row of the confusion matrix.
    package let predicted: [Int]
    /// The classifier's mean probability of each emotion, in EmoSet's order.
    package let probabilities: [Double]
    /// Images by their nearest attribute, the most frequent first; attributes without images are left out.
    package let attributes: [AttributeShare]
    /// By the nearest attribute's text.
    package let occurrence: Occurrence?
    /// By the attribute classifier.
    package let classifiedOccurrence: Occurrence?

    package subscript(metric: Metric) -> Estimate? { figures[metric.rawValue] }
  }

  /// What the column stands for in the comparison.
  package enum Role: String, Sendable {
    /// Images that shall show their emotions: from an emotion space, a batch or a folder.
    case emotion
    /// Images of plain text that names the emotion.
    case baseline
    /// Real pictures: what FID compares with, and whose accuracy is the classifier's own.
    case real
    case other
  }

  package let label: String
  package let role: Role
  /// Where the images come from.
  package let origin: String
  package let images: Int
  package let figures: [String: Estimate]
  package let emotions: [EmotionReport]
  /// Of all emotions together.
  package let occurrence: Occurrence?
  package let classifiedOccurrence: Occurrence?

  package subscript(metric: Metric) -> Estimate? { figures[metric.rawValue] }
}
