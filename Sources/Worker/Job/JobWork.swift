/// A worker's work on a job, from the claim until the job can be handed back.
protocol JobWork: Sendable {
  var held: HeldJob { get }

  /// Runs the job.
  ///
  /// - Returns: how the job is to be handed back.
  /// - Throws: `ServerLine.GaveUp` and `CancellationError`; any other error is the job's failure.
  func run(_ registration: Registration) async throws -> JobClosing

  /// The worker drains: stop where nothing is lost.
  func drain()
}

/// Thrown to stop a render, a training or the loading of a model; the job's course holds the reason.
struct WorkStopped: Error {}

/// A job that no worker can run, so that another attempt would not help.
struct ImpossibleJob: Error {
  let reason: String
}
