import Postgres
import TestSupport
import Testing

/// A cancelled task abandons its statement at once and leaves the connection usable.
@Suite struct CancellationTests {
  @Test func aRunningStatementIsCancelledOnTheServer() async throws {
    try await withConnection { other in
      let connection = try await PostgresConnection.connect(other.configuration)
      let process = await connection.serverProcess
      for _ in 0..<3 {
        let task = Task { try await connection.query("SELECT pg_sleep(600)") }
        try await waitUntil(
          other, "SELECT count(*) = 1 FROM pg_stat_activity WHERE pid = \(process) AND wait_event = 'PgSleep'")
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await connection.query("SELECT 1").only().int(0) == 1)
        #expect(await connection.serverProcess == process)
      }
    }
  }

  /// A request that comes too late for its statement, or a second one, would cancel the next statement.
  @Test func aCancellationConcernsItsStatementAlone() async throws {
    try await withConnection { other in
      let connection = try await PostgresConnection.connect(other.configuration)
      for round in 0..<400 {
        let task = Task { try await connection.query("SELECT pg_sleep(0.002)") }
        // As long as some answers take, so that the cancellation comes before, at and after the end.
        for _ in 0..<round % 20 { try await other.query("SELECT") }
        task.cancel()
        _ = await task.result
        #expect(try await connection.query("SELECT pg_sleep(0.001), \(round)").only().int(1) == round)
      }
    }
  }

  @Test func cancellingAQueuedStatementDoesNotAffectTheRunningOne() async throws {
    try await withConnection { other in
      let connection = try await PostgresConnection.connect(other.configuration)
      let process = await connection.serverProcess
      try await other.query("SELECT pg_advisory_lock(1)")
      let first = Task { try await connection.query("SELECT pg_advisory_lock(1), 5").only().int(1) }
      try await waitUntil(
        other, "SELECT count(*) = 1 FROM pg_stat_activity WHERE pid = \(process) AND wait_event_type = 'Lock'")
      let second = Task { try await connection.query("SELECT 6") }
      second.cancel()
      try await other.query("SELECT pg_advisory_unlock(1)")
      #expect(try await first.value == 5)
      await #expect(throws: CancellationError.self) { try await second.value }
    }
  }

  @Test func aCancelledTaskSendsNothing() async throws {
    try await withConnection { connection in
      try await connection.query("CREATE TABLE t (n int)")
      let task = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        try await connection.query("INSERT INTO t VALUES (1)")
      }
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(try await connection.query("SELECT FROM t").isEmpty)
    }
  }

  @Test func blockedStatementsDoNotStarveOtherTasks() async throws {
    try await withTestDatabase { configuration in
      let holder = try await PostgresConnection.connect(configuration)
      try await holder.query("SELECT pg_advisory_lock(1)")
      // There are far more waiting statements than CPU cores.
      let pool = PostgresPool(configuration, size: 24)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<24 {
          group.addTask {
            try await pool.transaction { _ = try await $0.query("SELECT pg_advisory_xact_lock_shared(1)") }
          }
        }
        try await waitUntil(
          holder,
          """
          SELECT count(*) = 24 FROM pg_stat_activity
          WHERE wait_event_type = 'Lock' AND datname = current_database()
          """)
        try await holder.query("SELECT pg_advisory_unlock(1)")
        try await group.waitForAll()
      }
      await pool.close()
      await holder.close()
    }
  }
}
