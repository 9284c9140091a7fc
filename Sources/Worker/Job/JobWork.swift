/// What a worker does with a job from its claim until it can be handed back.
protocol JobWork: Sendable {
  var held: HeldJob { get }

  /// Does the job.
  ///
  /// - Returns: how the job is to be handed back.
  /// - Throws: `ServerLine.GaveUp` and `CancellationError`; everything else is the job's failure.
  func run(_ registration: Registration) async throws -> JobClosing

  /// The worker is to end: stop where nothing is lost.
  func drain()
}
