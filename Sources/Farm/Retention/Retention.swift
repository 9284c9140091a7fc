import Postgres

/// Removes old events, attempts and registrations of workers in small steps. Batches and images stay until they are
/// deleted.
package struct Retention: Sendable {
  private let database: FarmDatabase
  private let limits: RetentionLimits
  /// Rows that one statement removes.
  private let step: Int

  package init(database: FarmDatabase, limits: RetentionLimits, step: Int = 1000) {
    self.database = database
    self.limits = limits
    self.step = step
  }

  /// Removes everything that is older than its limit, and records that as an event.
  ///
  /// - Parameters:
  ///   - dryRun: count what would be removed, and change nothing.
  ///   - pause: between two statements, so that a large backlog does not slow the farm down.
  package func run(dryRun: Bool = false, pause: Duration = .zero) async throws -> RetentionReport {
    typealias Count = @Sendable (Duration) -> SQL
    typealias Remove = @Sendable (Duration, Int) -> SQL
    func run(_ age: Duration?, _ count: Count, _ remove: Remove) async throws -> Int {
      guard let age else { return 0 }
      if dryRun { return try await removed(count(age)) }
      var total = 0
      while true {
        let part = try await removed(remove(age, step))
        total += part
        // A step that finds fewer rows was the last one, or another worker is removing the rest.
        guard part == step else { return total }
        try await Task.sleep(for: pause)
      }
    }
    var report = RetentionReport()
    report.events = try await run(
      limits.events, RetentionSQL.countEvents(olderThan:), RetentionSQL.removeEvents(olderThan:limit:))
    report.attempts = try await run(
      limits.attempts, RetentionSQL.countAttempts(olderThan:), RetentionSQL.removeAttempts(olderThan:limit:))
    report.workers = try await run(
      limits.workers, RetentionSQL.countWorkers(olderThan:), RetentionSQL.removeWorkers(olderThan:limit:))
    if !dryRun, report != RetentionReport() {
      try await database.events.append(
        .info, "retention",
        detail: [
          "events": "\(report.events)", "attempts": "\(report.attempts)", "workers": "\(report.workers)",
        ])
    }
    return report
  }

  private func removed(_ statement: SQL) async throws -> Int {
    try await database.pool.withConnection { try await $0.query(statement).only().int("removed") }
  }
}

/// The rows that retention removed.
package struct RetentionReport: Hashable, Sendable {
  package var events = 0
  package var attempts = 0
  package var workers = 0

  package init() {}
}
