import Postgres

/// What an operator watches of a farm: how much is queued, who works, and how the database does.
package struct FarmMeasures: Equatable, Sendable {
  /// Jobs by state; states without a job count 0.
  package let jobs: [JobState: Int]
  package let batches: [BatchState: Int]
  /// Accepted images by dominant emotion; "none" for subjects of plain text.
  package let images: [String: Int]
  /// When the job became due that has been due the longest, in seconds since 1970; nil if none is due.
  package let oldestQueued: Double?
  /// Registered workers by state, without those that have ended.
  package let workers: [WorkerState: Int]
  /// Workers that claim no jobs, and say why.
  package let heldWorkers: Int
  /// Free bytes of the fullest disk that a worker reported.
  package let freeBytes: Int64?
  package let database: DatabaseMeasures
}

/// How the database does. Old snapshots and idle transactions keep dead rows alive, and these slow down every claim.
package struct DatabaseMeasures: Equatable, Sendable {
  package let bytes: Int64
  package let connections: Int
  package let connectionLimit: Int
  /// Age of the oldest transaction that keeps dead rows alive, in seconds.
  package let oldestSnapshot: Double
  /// Age of the oldest transaction that waits for its client, in seconds.
  package let oldestIdle: Double
  /// Sessions that wait for a lock.
  package let waiting: Int
  package let liveRows: [String: Int64]
  package let deadRows: [String: Int64]
}
