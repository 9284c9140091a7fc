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
    /// - Parameter remove: is told behind which number the last step ended, so that none passes over the dead rows of
    ///   those before it.
    func run(_ count: @autoclosure () -> SQL, _ remove: (_ last: Int64) -> SQL) async throws -> Int {
      if dryRun { return try await query(count()).int("removed") }
      var total = 0
      var last: Int64 = 0
      while true {
        let part = try await query(remove(last))
        total += try part.int("removed")
        // A step that finds fewer rows was the last one, or another worker is removing the rest.
        guard try part.int("removed") == step else { return total }
        last = try part.int64("last")
        try await Task.sleep(for: pause)
      }
    }
    var report = RetentionReport()
    if let age = limits.events {
      let young = try await query(RetentionSQL.youngEvents(than: age)).int64("id")
      report.events = try await run(RetentionSQL.countEvents(olderThan: age, before: young)) {
        RetentionSQL.removeEvents(olderThan: age, after: $0, before: young, limit: step)
      }
    }
    if let age = limits.attempts {
      report.attempts = try await run(RetentionSQL.countAttempts(olderThan: age)) {
        RetentionSQL.removeAttempts(olderThan: age, fromBatch: $0, limit: step)
      }
    }
    if let age = limits.workers {
      report.workers = try await run(RetentionSQL.countWorkers(olderThan: age)) { _ in
        RetentionSQL.removeWorkers(olderThan: age, limit: step)
      }
    }
    if !dryRun, report != RetentionReport() {
      try await database.events.append(
        .info, "retention",
        detail: [
          "events": "\(report.events)", "attempts": "\(report.attempts)", "workers": "\(report.workers)",
        ])
    }
    return report
  }

  private func query(_ statement: SQL) async throws -> PostgresRow {
    try await database.pool.withConnection { try await $0.query(statement).only() }
  }
}

/// The rows that retention removed.
package struct RetentionReport: Hashable, Sendable {
  package var events = 0
  package var attempts = 0
  package var workers = 0

  package init() {}
}
