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
