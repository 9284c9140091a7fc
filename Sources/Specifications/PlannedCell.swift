package import Vocabulary

/// A subject with its settings and its range of batch indices.
package struct PlannedCell: Sendable, Equatable {
  /// The position in the batch, from 0.
  package let ordinal: Int
  package let subject: Subject
  package let settings: RenderSettings
  /// The batch index of the cell's first image.
  package let firstIndex: Int
  package let count: Int

  package init(ordinal: Int, subject: Subject, settings: RenderSettings, firstIndex: Int, count: Int) {
    self.ordinal = ordinal
    self.subject = subject
    self.settings = settings
    self.firstIndex = firstIndex
    self.count = count
  }

  /// The label under which images are counted and exported; nil for plain text.
  package var emotion: String? { subject.emotion?.dominant.rawValue }
}
