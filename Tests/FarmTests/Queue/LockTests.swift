import Farm
import Files
import Postgres
import Synchronization
import TestSupport
import Testing

/// Sessions that hold locks and do nothing.
@Suite struct LockTests {
  /// A worker's session that stops in the middle of a transaction, as one whose machine or link is gone.
  private static func stopInTransaction(
    _ farm: FarmFixture, batch: Int64, limits: SessionLimits, _ body: @escaping @Sendable (Int32) async throws -> Void
  ) async throws {
    var configuration = farm.database.configuration
    configuration.limits = limits
    let silent = try await PostgresConnection.connect(configuration)
    let process = await silent.serverProcess
    do {
      try await silent.transaction { connection in
        try await connection.query("SELECT FROM batches WHERE id = \(batch) FOR UPDATE")
        try await body(process)
      }
    } catch let error as PostgresError where error.isConnectionFailure || error.code == .commitUnknown {
      // The server ended the session.
    }
    await silent.close()
  }

  @Test(.timeLimit(.minutes(10))) func aSilentClientFreesItsBatchWithinSeconds() async throws {
    try await FarmFixture.with { farm in
      let batch = try await farm.enqueue(count: 4)
      try await Self.stopInTransaction(farm, batch: batch, limits: .worker) { _ in
        let begin = ContinuousClock.now
        let state = try await farm.batches.pause(batch)
        #expect(state == .paused)
        #expect(ContinuousClock.now - begin < .seconds(20))
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func aCommandThatWaitsSaysForWhom() async throws {
    try await FarmFixture.with { farm in
      let batch = try await farm.enqueue(count: 4)
      let said = Mutex<[LockWait]>([])
      var configuration = farm.database.configuration
      configuration.limits.lock = .seconds(8)
      let pool = PostgresPool(configuration, onLockWait: { wait in said.withLock { $0.append(wait) } })
      let database = FarmDatabase(pool: pool)
      try await Self.stopInTransaction(farm, batch: batch, limits: .command) { process in
        let error = await #expect(throws: PostgresError.self) { try await database.batches.pause(batch) }
        #expect(error?.sqlState == .lockNotAvailable)
        #expect(error?.detail?.contains("process \(process) (") == true, "\(String(describing: error))")
        let audit = try await TestFolder.with { folder in
          try await Audit(database: farm.database, store: ArtifactStore(home: folder), patience: .zero).run()
        }
        let idle = try #require(audit.first { $0.check == "lock.idle" })
        #expect(idle.promise == 11)
        #expect(idle.rows.first?.contains("SELECT pg_terminate_backend(\(process))") == true)
        let text = try #require(said.withLock { $0.first?.description })
        #expect(said.withLock { $0.count } == 1)
        #expect(text.contains("idle in transaction"))
        #expect(text.contains("SELECT pg_terminate_backend(\(process))"))
      }
      // Afterwards the same command has nothing to wait for.
      #expect(try await database.batches.pause(batch) == .paused)
      await database.close()
    }
  }

  @Test(.timeLimit(.minutes(10))) func anAuditNamesWhatWaitsAndForWhom() async throws {
    try await FarmFixture.with { farm in
      let batch = try await farm.enqueue(count: 4)
      try await Self.stopInTransaction(farm, batch: batch, limits: .command) { process in
        let waiting = Task { try await farm.batches.pause(batch) }
        try await TestFolder.with { folder in
          let audit = Audit(database: farm.database, store: ArtifactStore(home: folder), patience: .zero)
          let finding = try await eventually("the audit finds the session that waits") {
            try await audit.run().first { $0.check == "lock.waiting" }
          }
          #expect(finding.rows.first?.hasSuffix("for process \(process)") == true, "\(finding.rows)")
          #expect(try await audit.run(batch: batch).allSatisfy { $0.promise != 11 })
        }
        waiting.cancel()
        _ = await waiting.result
      }
    }
  }

  @Test func theLimitsAreSetInTheSession() async throws {
    try await withTestDatabase { configuration in
      var configuration = configuration
      configuration.limits = .worker
      let connection = try await PostgresConnection.connect(configuration)
      for (name, value) in [
        ("idle_in_transaction_session_timeout", "5s"), ("lock_timeout", "5s"), ("statement_timeout", "30s"),
      ] {
        #expect(try await connection.query("SELECT current_setting(\(name))").only().string(0) == value)
      }
      let application = try await connection.query("SELECT current_setting('application_name')").only().string(0)
      #expect(application.contains("@"))
      await connection.close()
    }
  }
}
