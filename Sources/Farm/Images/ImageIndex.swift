import Files
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

  package func count(_ batch: Int64) async throws -> Int {
    try await pool.withConnection { try await $0.query(BatchSQL.countImages(batch)).only().int("images") }
  }
}
