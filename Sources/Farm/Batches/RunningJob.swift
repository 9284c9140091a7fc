package import Foundation
import Postgres

/// A job that a worker holds.
package struct RunningJob: Codable, Hashable, Sendable {
  package let job: Int64
  package let batch: Int64
  package let emotion: String?
  package let firstIndex: Int
  package let count: Int
  package let imagesDone: Int
  package let worker: Int64
  package let host: String?
  package let pid: Int?
  package let attempt: Int
  /// The batch index of the current image.
  package let currentIndex: Int?
  package let step: Int?
  package let steps: Int?
  package let leaseExpires: Date
  package let heartbeat: Date

  init(_ row: PostgresRow) throws {
    job = try row.int64("id")
    batch = try row.int64("batch_id")
    emotion = try row.optionalString("emotion")
    firstIndex = try row.int("first_index")
    count = try row.int("count")
    imagesDone = try row.int("images_done")
    worker = try row.int64("worker_id")
    host = try row.optionalString("host")
    pid = try row.optionalInt("pid")
    attempt = try row.int("attempt")
    currentIndex = try row.optionalInt("current_index")
    step = try row.optionalInt("step")
    steps = try row.optionalInt("steps")
    leaseExpires = try row.date("lease_expires_at")
    heartbeat = try row.date("heartbeat_at")
  }
}
