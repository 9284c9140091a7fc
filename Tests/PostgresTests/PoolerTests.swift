import Foundation
import Postgres
import Synchronization
import TestSupport
import Testing

/// Connections through a real PgBouncer whose server processes serve one transaction after another, of any client.
@Suite struct PoolerTests {
  /// Runs a body on connections through a pooler with one server process.
  private static func with(
    _ pooling: Pooling = .auto, clients: Int = 2, limits: SessionLimits = .worker,
    _ body: @Sendable ([PostgresConnection]) async throws -> Void
  ) async throws {
    try await withTestDatabase { direct in
      let pooler = try Pooler(before: direct, size: 1)
      var connections: [PostgresConnection] = []
      for _ in 0..<clients {
        var configuration = pooler.configuration(direct.database, pooling)
        configuration.limits = limits
        connections.append(try await PostgresConnection.connect(configuration))
      }
      try await body(connections)
      for connection in connections { await connection.close() }
      withExtendedLifetime(pooler) {}
    }
  }

  @Test func aPoolerIsFoundOutAndAServerIsNotTakenForOne() async throws {
    try await Self.with(clients: 1) { clients in
      #expect(await clients[0].isPooled)
      #expect(await clients[0].serverVersion?.problem == nil)
    }
    try await withConnection { connection in
      #expect(await !connection.isPooled)
    }
  }

  @Test func statementsOfManyClientsAreNeverExchanged() async throws {
    try await Self.with(clients: 4) { clients in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for (number, client) in clients.enumerated() {
          group.addTask {
            for round in 0..<200 {
              // Each client repeats texts of its own.
              let text: SQL = "SELECT \(number) * 1000 + \(round % 7) + \(unsafeRaw: String(number)) AS n"
              let answer = try await client.query(text).only().int("n")
              #expect(answer == number * 1001 + round % 7)
            }
          }
        }
        try await group.waitForAll()
      }
      #expect(try await clients[0].query("SELECT count(*) AS n FROM pg_prepared_statements").only().int("n") == 0)
    }
  }

  /// What another client leaves behind in the server process changes no value and no limit.
  @Test func eachTransactionHasItsOwnSettings() async throws {
    try await Self.with(clients: 2) { clients in
      // As a client that knows nothing of pools.
      try await clients[1].execute(
        script: """
          SET SESSION statement_timeout = 300; SET SESSION TimeZone = 'Asia/Tokyo'; SET SESSION bytea_output = 'escape';
          SET SESSION DateStyle = 'German'; PREPARE emofarm_1 AS SELECT 42
          """)
      let slow: SQL = """
        SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,
          current_setting('idle_in_transaction_session_timeout') AS idle, current_setting('TimeZone') AS zone,
          '\\x00ff'::bytea AS bytes, '2026-01-02 03:04:05+00'::timestamptz AS date, pg_sleep(0.4)
        """
      for _ in 0..<2 {
        let row = try await clients[0].query(slow).only()
        #expect(try row.string("statement") == "30s")
        #expect(try row.string("lock") == "5s")
        #expect(try row.string("idle") == "5s")
        #expect(try row.string("zone") == "UTC")
        #expect(try row.bytes("bytes") == [0, 255])
        #expect(try row.date("date").timeIntervalSince1970 == 1_767_323_045)
        let inside = try await clients[0].transaction { try await $0.query(slow).only().string("zone") }
        #expect(inside == "UTC")
      }
    }
  }

  @Test func errorsLeaveTheConnectionUsable() async throws {
    try await Self.with(clients: 1) { clients in
      let client = clients[0]
      let error = await #expect(throws: PostgresError.self) { try await client.query("SELECT 1 / \(0)") }
      #expect(error?.sqlState == "22012")
      #expect(try await client.query("SELECT \(5)").only().int(0) == 5)
      try await client.query("CREATE TABLE t (n int)")
      await #expect(throws: PostgresError.self) {
        try await client.transaction { connection in
          try await connection.query("INSERT INTO t VALUES (1)")
          try await connection.query("SELECT 1 / \(0)")
        }
      }
      #expect(try await client.query("SELECT count(*) FROM t").only().int(0) == 0)
      #expect(await client.isUsable)
      #expect(await client.serverProcess == 0)
    }
  }

  @Test func aStatementCanBeCancelled() async throws {
    try await withTestDatabase { direct in
      let pooler = try Pooler(before: direct, size: 1)
      let client = try await PostgresConnection.connect(pooler.configuration(direct.database))
      let observer = try await PostgresConnection.connect(direct)
      let begun = ContinuousClock.now
      let task = Task { try await client.query("SELECT pg_sleep(20)") }
      try await eventually("the statement runs") {
        try await observer.query(
          """
          SELECT EXISTS (
            SELECT FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event = 'PgSleep'
          ) AS runs
          """
        ).only().bool("runs")
      }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(ContinuousClock.now - begun < .seconds(10))
      #expect(try await client.query("SELECT \(7)").only().int(0) == 7)
      await observer.close()
      await client.close()
      withExtendedLifetime(pooler) {}
    }
  }

  @Test func aTransactionThatWaitsSaysForWhom() async throws {
    try await withTestDatabase { direct in
      let pooler = try Pooler(before: direct, size: 3)
      let holder = try await PostgresConnection.connect(direct)
      try await holder.query("CREATE TABLE t (n int)")
      let said = Mutex<[LockWait]>([])
      var configuration = pooler.configuration(direct.database)
      configuration.limits.lock = .seconds(6)
      let pool = PostgresPool(configuration, onLockWait: { wait in said.withLock { $0.append(wait) } })
      let process = await holder.serverProcess
      try await holder.transaction { holder in
        try await holder.query("LOCK TABLE t")
        let error = await #expect(throws: PostgresError.self) {
          try await pool.transaction { try await $0.query("SELECT * FROM t") }
        }
        #expect(error?.sqlState == .lockNotAvailable)
      }
      #expect(said.withLock { $0.first?.holders.first?.process } == Int(process))
      await pool.close()
      await holder.close()
      withExtendedLifetime(pooler) {}
    }
  }

  @Test func listenersLearnThatNothingWillArrive() async throws {
    try await withTestDatabase { direct in
      let pooler = try Pooler(before: direct)
      var events: [PostgresListener.Event] = []
      for await event in PostgresListener(pooler.configuration(direct.database), channels: ["jobs"]).events() {
        events.append(event)
      }
      #expect(events == [.unavailable])
      withExtendedLifetime(pooler) {}
    }
  }

  @Test func migrationsRunThroughAPooler() async throws {
    try await withTestDatabase { direct in
      let pooler = try Pooler(before: direct, size: 4)
      let runner = try MigrationRunner(migrations: [
        Migration(version: 1, name: "cats", up: "CREATE TABLE cats (n int)", down: "DROP TABLE cats", checksum: "c1")
      ])
      let applied = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<3 {
          group.addTask {
            let connection = try await PostgresConnection.connect(pooler.configuration(direct.database))
            defer { withExtendedLifetime(connection) {} }
            return try await runner.up(connection).count
          }
        }
        return try await group.reduce(0, +)
      }
      #expect(applied == 1)
      let connection = try await PostgresConnection.connect(direct)
      let locks: SQL =
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
      #expect(try await connection.query(locks).only().int(0) == 0)
      await connection.close()
      withExtendedLifetime(pooler) {}
    }
  }

  /// Whoever declares a pool of sessions where there is one of transactions gets repeated statements, never other ones.
  @Test func aWrongDeclarationNeverRunsAnotherClientsStatement() async throws {
    try await Self.with(.session, clients: 2) { clients in
      for round in 0..<20 {
        for (number, client) in clients.enumerated() {
          let answer = try await client.query("SELECT \(round) + \(unsafeRaw: String(number))").only().int(0)
          #expect(answer == round + number)
        }
      }
    }
  }

  /// The console of PgBouncer speaks the protocol as a server of version 1.
  @Test func aServerThatIsTooOldIsRefusedByItsVersion() async throws {
    try await withTestDatabase { direct in
      let pooler = try Pooler(before: direct)
      let error = await #expect(throws: PostgresError.self) {
        try await PostgresConnection.connect(pooler.configuration("pgbouncer"))
      }
      #expect(error?.code == .serverVersion, "\(String(describing: error))")
      #expect(error?.message.hasPrefix("the server is PostgreSQL 1.") == true, "\(String(describing: error))")
      #expect(error?.message.hasSuffix("but this program needs 13 or newer") == true)
      withExtendedLifetime(pooler) {}
    }
  }

  @Test func versionsAreJudgedByTheirMajorNumber() {
    #expect(ServerVersion(number: 120_022, text: "12.22").problem?.code == .serverVersion)
    for number in [130_000, 150_004, 180_001] as [Int32] {
      let version = ServerVersion(number: number, text: "")
      #expect(version.problem == nil && version.remark == nil)
    }
    let newer = ServerVersion(number: 190_000, text: "19.0")
    #expect(newer.problem == nil)
    #expect(newer.remark?.contains("PostgreSQL 19.0") == true)
  }
}
