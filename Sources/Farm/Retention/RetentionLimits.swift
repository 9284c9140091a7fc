/// How long the farm keeps what it no longer needs; nil keeps it for ever.
package struct RetentionLimits: Hashable, Sendable {
  package let events: Duration?
  /// Attempts of finished batches, counted from the end of the batch.
  package let attempts: Duration?
  /// Registrations of workers that have ended.
  package let workers: Duration?

  /// What applies if nothing is set.
  package static let standard = RetentionLimits(eventDays: 90, attemptDays: 90, workerDays: 30)

  /// - Parameter events: in days; 0 is for ever. Likewise the others.
  package init(eventDays events: Int, attemptDays attempts: Int, workerDays workers: Int) {
    func duration(_ days: Int) -> Duration? { days > 0 ? .seconds(86_400) * days : nil }
    self.events = duration(events)
    self.attempts = duration(attempts)
    self.workers = duration(workers)
  }
}
