import Files
package import Foundation
import Postgres

/// Queries over the accepted images.
package struct ImageIndex: Sendable {
  let pool: PostgresPool

  /// The images of a batch that follow a batch index, ascending.
  package func page(_ batch: Int64, after index: Int = -1, limit: Int = 1000) async throws -> [ImageRow] {
    try await pool.withConnection {
      try await $0.query(ImageSQL.page(batch: batch, after: index, limit: limit)).map { try ImageRow($0) }
    }
  }

  /// The images of one emotion (nil for plain text) that follow a batch index, ascending.
  package func page(
    _ batch: Int64, emotion: String?, after index: Int = -1, limit: Int = 1000
  ) async throws -> [ImageRow] {
    try await pool.withConnection {
      try await $0.query(ImageSQL.page(batch: batch, emotion: emotion, after: index, limit: limit))
        .map { try ImageRow($0) }
    }
  }

  /// The image of a batch index; nil if there is none yet.
  package func image(_ batch: Int64, index: Int) async throws -> ImageRow? {
    try await pool.withConnection {
      try await $0.query(ImageSQL.one(batch: batch, index: index)).first.map { try ImageRow($0) }
    }
  }

  /// The images of some batch indices, ascending; those that do not exist yet are missing.
  package func some(_ batch: Int64, indices: [Int]) async throws -> [ImageRow] {
    try await pool.withConnection {
      try await $0.query(ImageSQL.some(batch: batch, indices: indices)).map { try ImageRow($0) }
    }
  }

  /// The images with a seed in other batches, newest first, among the newest batches.
  package func withSeed(_ seed: UInt64, except batch: Int64, scan: Int = 1000, limit: Int) async throws -> [ImageRow] {
    try await pool.withConnection {
      try await $0.query(ImageSQL.ofSeed(seed, except: batch, scan: scan, limit: limit)).map { try ImageRow($0) }
    }
  }

  /// The index of the image before another one; nil if there is none.
  package func before(_ batch: Int64, index: Int) async throws -> Int? {
    try await pool.withConnection {
      try await $0.query(ImageSQL.before(batch: batch, index: index)).first?.int("idx")
    }
  }

  /// The images that a batch published last, newest first; of a batch that has rested for hours, those with the highest
  /// indices.
  ///
  /// No index leads from a batch to its latest images, and none is worth what it would cost each publication. The summary
  /// of times finds an interval in a few pages. The interval grows by doubling, so that a batch that stands still costs as
  /// many rows as it published in the time that it has stood still.
  ///
  /// - Parameter end: when the batch finished; nil if it has not.
  package func latest(_ batch: Int64, end: Date?, limit: Int) async throws -> [ImageRow] {
    try await pool.withConnection { connection in
      let last = try await connection.query(ImageSQL.last(batch: batch, limit: limit))
      guard !last.isEmpty else { return [] }
      var window = Duration.seconds(15)
      while window < .seconds(8 * 3600) {
        let rows = try await connection.query(ImageSQL.latest(batch: batch, end: end, window: window, limit: limit))
        if rows.count >= last.count { return try rows.map { try ImageRow($0) } }
        window *= 2
      }
      return try last.map { try ImageRow($0) }
    }
  }

  /// The images that follow a position, ordered by batch and index; of all batches if the batch is nil.
  func page(after place: (batch: Int64, index: Int), of batch: Int64?, limit: Int) async throws -> [ImageRow] {
    try await pool.withConnection {
      try await $0.query(ImageSQL.page(after: place, of: batch, limit: limit)).map { try ImageRow($0) }
    }
  }

  /// The images whose file has the given digest (in hexadecimal).
  package func withFile(_ sha256: String) async throws -> [ImageRow] {
    guard let digest = Hex.decode(sha256) else { return [] }
    return try await pool.withConnection {
      try await $0.query(ImageSQL.withFile(digest)).map { try ImageRow($0) }
    }
  }

  /// The measurements of the images in a range of batch indices, by index; none if the batch does not measure.
  ///
  /// - Parameter embeddings: whether their embeddings are read, too.
  package func measurements(
    _ batch: Int64, in range: ClosedRange<Int>, embeddings: Bool = false
  ) async throws -> [Int: ImageMeasurement] {
    let rows = try await pool.withConnection {
      try await $0.query(MeasurementSQL.page(batch: batch, in: range, embeddings: embeddings))
    }
    return try rows.reduce(into: [:]) { $0[try $1.int("idx")] = try ImageMeasurement($1) }
  }

  /// The rejected images whose file has the given digest (in hexadecimal).
  package func rejected(withFile sha256: String) async throws -> [RejectedImage] {
    guard let digest = Hex.decode(sha256) else { return [] }
    return try await pool.withConnection {
      try await $0.query(RejectSQL.withFile(digest)).map { try RejectedImage($0) }
    }
  }

  package func count(_ batch: Int64) async throws -> Int {
    try await pool.withConnection { try await $0.query(BatchSQL.countImages(batch)).only().int("images") }
  }
}
