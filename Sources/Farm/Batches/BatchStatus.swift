package import Foundation
import Postgres
package import Vocabulary

/// A batch with counts from a single snapshot.
package struct BatchStatus: Codable, Hashable, Sendable {
  package let id: Int64
  package let key: String?
  package let name: String
  /// nil if the batch is a training.
  package let model: String?
  package let seed: UInt64
  package let priority: Int
  package let chunk: Int
  package let maxAttempts: Int
  package let state: BatchState
  package let images: Int
  package let imagesDone: Int
  package let jobs: JobCounts
  package let created: Date
  /// When its first job was claimed.
  package let started: Date?
  package let finished: Date?
  /// nil if the batch renders images.
  package let training: TrainingStatus?
  /// The digest of the classifiers that measure its images; nil for none.
  package let classifiers: String?
  /// What an image must be to count; nil for anything.
  package let acceptance: Acceptance?
  /// Whose batch it is.
  package let user: String
  /// The number formats beside fp32 that its worker must compute in.
  package let precisions: [String]
  /// Those that no live worker supports.
  package let precisionsMissing: [String]
  /// The labels that its worker must have.
  package let labels: [String]
  /// Those that no live worker has.
  package let labelsMissing: [String]
  /// The number of live workers that can do its jobs and take jobs now.
  package let ableWorkers: Int
  /// The most jobs of its user that may run at once; nil for any number.
  package let userCap: Int?
  /// The running jobs of its user; nil without a cap.
  package let userRunning: Int?

  package var isFinished: Bool { state.isFinished }

  /// Whether every image is there that the batch may have: one may be done without those that it gave up.
  package var isComplete: Bool { imagesDone == images || state == .done }

  /// The number of a batch's jobs in each state; the states add up to the total.
  package struct JobCounts: Codable, Hashable, Sendable {
    package let total: Int
    package let ready: Int
    package let running: Int
    package let done: Int
    package let failed: Int
    package let cancelled: Int
  }

  init(_ row: PostgresRow) throws {
    id = try row.int64("id")
    key = try row.optionalString("key")
    name = try row.string("name")
    model = try row.optionalString("model")
    seed = try row.uint64("seed")
    priority = try row.int("priority")
    chunk = try row.int("chunk")
    maxAttempts = try row.int("max_attempts")
    state = try row.state("state")
    images = try row.int("images")
    imagesDone = try row.int("images_done")
    let total = try row.int("jobs")
    let running = try row.int("running")
    let done = try row.int("jobs_done")
    let failed = try row.int("jobs_failed")
    let cancelled = try row.int("jobs_cancelled")
    jobs = JobCounts(
      total: total, ready: total - running - done - failed - cancelled, running: running, done: done, failed: failed,
      cancelled: cancelled)
    created = try row.date("created_at")
    started = try row.optionalDate("started_at")
    finished = try row.optionalDate("finished_at")
    training = try TrainingStatus(row)
    classifiers = try row.optionalString("classifiers")
    acceptance =
      try row.optionalString("accept") == nil ? nil : JSONColumn.decode(Acceptance.self, row, "accept")
    user = try row.string("user_name")
    precisions = try row.strings("precisions")
    precisionsMissing = try row.strings("precisions_missing")
    labels = try row.strings("labels")
    labelsMissing = try row.strings("labels_missing")
    ableWorkers = try row.int("able_workers")
    userCap = try row.optionalInt("user_cap")
    userRunning = try row.optionalInt("user_running")
  }
}
