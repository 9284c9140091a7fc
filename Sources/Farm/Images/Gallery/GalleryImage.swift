import Postgres
package import Vocabulary

/// An image of a gallery.
package struct GalleryImage: Sendable {
  package let row: ImageRow
  /// nil if it was not measured, or not accepted.
  package let measurement: ImageMeasurement?
  /// Why the batch did not accept it; nil if it did.
  package let rejection: Rejection?

  init(_ row: PostgresRow, _ order: GalleryOrder) throws {
    self.row = try ImageRow(row)
    switch order {
    case .rejected:
      measurement = nil
      rejection = Rejection(criterion: try row.state("criterion"), value: try row.optionalDouble("value"))
    case .index, .doubt:
      measurement = try row.bool("is_measured") ? ImageMeasurement(row) : nil
      rejection = nil
    }
  }

  /// The probability of the emotion that was asked for; nil without one.
  package var probability: Double? {
    guard let asked = row.subject.emotion?.dominant, let all = measurement?.emotions,
      all.indices.contains(asked.index)
    else { return nil }
    return Double(all[asked.index])
  }

  func place(in order: GalleryOrder) -> GalleryPlace {
    switch order {
    case .index: .index(row.index)
    case .doubt: .doubt(Float(probability ?? 0), row.index)
    case .rejected: .trial(row.index, row.trial)
    }
  }
}
