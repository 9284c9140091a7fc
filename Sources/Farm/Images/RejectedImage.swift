import Postgres
package import Vocabulary

/// An image that its batch did not accept.
package struct RejectedImage: Hashable, Sendable {
  package let batch: Int64
  /// The batch index that it was rendered for.
  package let index: Int
  /// Which of the index's tries it was, from 0.
  package let trial: Int
  package let rejection: Rejection

  init(_ row: PostgresRow) throws {
    batch = try row.int64("batch_id")
    index = try row.int("idx")
    trial = try row.int("trial")
    rejection = Rejection(criterion: try row.state("criterion"), value: try row.optionalDouble("value"))
  }
}

/// The images that a batch did not accept.
package struct RejectCounts: Hashable, Sendable {
  package let byCriterion: [Acceptance.Criterion: Int]
  /// Batch indices whose every try was rejected.
  package let exhausted: Int

  package init(byCriterion: [Acceptance.Criterion: Int], exhausted: Int) {
    self.byCriterion = byCriterion
    self.exhausted = exhausted
  }

  package var images: Int { byCriterion.values.reduce(0, +) }
}
