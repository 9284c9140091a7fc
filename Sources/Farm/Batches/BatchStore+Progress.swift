import Postgres
package import Specifications
package import Vocabulary

extension BatchStore {
  /// The cells of a batch with their progress.
  ///
  /// - Parameters:
  ///   - ordinal: only cells after this one, to continue a page.
  ///   - limit: nil for all.
  package func cells(_ id: Int64, after ordinal: Int = -1, limit: Int? = nil) async throws -> [CellProgress] {
    try await pool.withConnection { connection in
      try await connection.query(BatchSQL.cells(id, after: ordinal, limit: limit)).map { row in
        let cell = PlannedCell(
          ordinal: try row.int("ordinal"), subject: try row.subject(), settings: try row.settings(),
          firstIndex: try row.int("first_index"), count: try row.int("count"))
        return CellProgress(cell: cell, imagesDone: try row.int("images_done"))
      }
    }
  }

  /// Progress by dominant emotion, in order of first appearance.
  package func emotions(_ id: Int64) async throws -> [EmotionProgress] {
    try await pool.withConnection { connection in
      try await connection.query(BatchSQL.emotions(id)).map { row in
        EmotionProgress(
          emotion: try row.optionalString("emotion"), images: try row.int("images"),
          imagesDone: try row.int("images_done"), imagesFailed: try row.int("images_failed"))
      }
    }
  }

  /// How often a batch's classifiers recognised each emotion in images of each emotion: requested, then recognised, in
  /// EmoSet's order.
  package func recognised(_ id: Int64) async throws -> [Emotion: [Int]] {
    let rows = try await pool.withConnection { try await $0.query(MeasurementSQL.recognised(id)) }
    return try rows.reduce(into: [:]) { counts, row in
      guard let asked = Emotion(rawValue: try row.string("asked")) else { return }
      let recognised = try row.int("recognised")
      guard Emotion.allCases.indices.contains(recognised) else { return }
      counts[asked, default: Emotion.allCases.map { _ in 0 }][recognised] += try row.int("images")
    }
  }

  /// The images that a batch did not accept.
  package func rejects(_ id: Int64) async throws -> RejectCounts {
    let rows = try await pool.withConnection { try await $0.query(RejectSQL.counts(id)) }
    var (counts, exhausted): ([Acceptance.Criterion: Int], Int) = ([:], 0)
    for row in rows {
      counts[try row.state("criterion")] = try row.int("images")
      exhausted += try row.int("exhausted")
    }
    return RejectCounts(byCriterion: counts, exhausted: exhausted)
  }

  /// The jobs that workers hold, of one batch or of all batches.
  package func running(_ id: Int64? = nil) async throws -> [RunningJob] {
    try await pool.withConnection { try await $0.query(BatchSQL.runningJobs(id)).map { try RunningJob($0) } }
  }

  /// The quarantined jobs of a batch with their errors.
  package func stopped(_ id: Int64, limit: Int = 100) async throws -> [StoppedJob] {
    try await pool.withConnection {
      try await $0.query(BatchSQL.stoppedJobs(id, limit: limit)).map { try StoppedJob($0) }
    }
  }

  /// Why workers returned jobs of a batch lately, and the number of jobs that wait for each reason.
  package func waits(_ id: Int64) async throws -> [String: Int] {
    let rows = try await pool.withConnection { try await $0.query(BatchSQL.waits(id)) }
    return try rows.reduce(into: [:]) { $0[try $1.string("error")] = try $1.int("jobs") }
  }

  /// Images per second over the most recent interval; nil before the batch has started.
  package func rate(_ id: Int64, window: Duration = .seconds(60)) async throws -> Double? {
    let rows = try await pool.withConnection { try await $0.query(BatchSQL.recentImages(id, window: window)) }
    guard let row = rows.first, try row.double("seconds") > 0 else { return nil }
    return Double(try row.int("images")) / (try row.double("seconds"))
  }

  /// Images per second over the most recent interval, of every batch that published any.
  package func rates(window: Duration = .seconds(60)) async throws -> [Int64: Double] {
    let rows = try await pool.withConnection { try await $0.query(BatchSQL.recentImagesByBatch(window: window)) }
    return try rows.reduce(into: [:]) { rates, row in
      let seconds = try row.double("seconds")
      if seconds > 0 { rates[try row.int64("batch_id")] = Double(try row.int("images")) / seconds }
    }
  }
}

/// A cell and the number of its published images.
package struct CellProgress: Sendable, Equatable {
  package let cell: PlannedCell
  package let imagesDone: Int
}

/// A batch's progress on one emotion.
package struct EmotionProgress: Codable, Hashable, Sendable {
  /// The dominant emotion; nil if the prompt is plain text.
  package let emotion: String?
  package let images: Int
  package let imagesDone: Int
  /// Images missing from quarantined jobs.
  package let imagesFailed: Int

  package init(emotion: String?, images: Int, imagesDone: Int, imagesFailed: Int) {
    self.emotion = emotion
    self.images = images
    self.imagesDone = imagesDone
    self.imagesFailed = imagesFailed
  }
}
