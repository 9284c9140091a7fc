import Files
package import Foundation
import Postgres
package import Vocabulary

/// An accepted image with its subject and provenance data.
package struct ImageRow: Hashable, Sendable {
  package let batch: Int64
  /// The batch index.
  package let index: Int
  package let cell: Int
  /// The dominant emotion; nil if the prompt is plain text.
  package let emotion: String?
  package let subject: Subject
  package let settings: RenderSettings
  package let seed: UInt64
  /// The seed that the batch's specification gives for this index.
  package let seedAsked: UInt64
  /// Which of its index's tries it is, from 0; the others were rejected.
  package let trial: Int
  /// The digest of the model that the batch was enqueued with.
  package let modelDigest: String
  /// The file's digest in hexadecimal, which is its name in the store.
  package let sha256: String
  /// The pixels' digest in hexadecimal.
  package let rgbSHA256: String
  package let bytes: Int
  package let engine: String
  package let actualSteps: Int
  /// Rendering time.
  package let seconds: Double
  package let job: Int64
  package let token: Int64
  package let worker: Int64
  package let created: Date

  init(_ row: PostgresRow) throws {
    batch = try row.int64("batch_id")
    index = try row.int("idx")
    cell = try row.int("cell")
    emotion = try row.optionalString("emotion")
    subject = try row.subject()
    settings = try row.settings()
    seed = try row.uint64("seed")
    seedAsked = try row.uint64("seed_asked")
    trial = try row.int("trial")
    modelDigest = try row.string("model_digest")
    sha256 = Hex.encode(try row.bytes("sha256"))
    rgbSHA256 = Hex.encode(try row.bytes("rgb_sha256"))
    bytes = try row.int("bytes")
    engine = try row.string("engine")
    actualSteps = try row.int("actual_steps")
    seconds = try row.double("seconds")
    job = try row.int64("job_id")
    token = try row.int64("token")
    worker = try row.int64("worker_id")
    created = try row.date("created_at")
  }
}
