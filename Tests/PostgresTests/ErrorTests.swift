import Logging
import Postgres
import Synchronization
import TestSupport
import Testing

/// The server's errors arrive complete and leave the connection usable.
@Suite struct ErrorTests {
  @Test func sqlStateConstraintAndStatementArrive() async throws {
    try await withConnection { connection in
      try await connection.query("CREATE TABLE t (id bigint CONSTRAINT t_id_key UNIQUE, n int NOT NULL CHECK (n > 0))")
      try await connection.query("INSERT INTO t VALUES (1, 1)")
      for _ in 0..<3 {
        let error = await #expect(throws: PostgresError.self) {
          try await connection.query("INSERT INTO t VALUES (\(1), \(Int32(1)))")
        }
        #expect(error?.code == .server)
        #expect(error?.sqlState == .uniqueViolation)
        #expect(error?.constraint == "t_id_key")
        #expect(error?.statement == "INSERT INTO t VALUES ($1, $2)")
        #expect(error?.isConnectionFailure == false)
      }
      let check = await #expect(throws: PostgresError.self) {
        try await connection.query("INSERT INTO t VALUES (2, 0)")
      }
      #expect(check?.sqlState == .checkViolation)
      let null = await #expect(throws: PostgresError.self) {
        try await connection.query("INSERT INTO t VALUES (2, NULL)")
      }
      #expect(null?.sqlState == .notNullViolation)
      let typo = await #expect(throws: PostgresError.self) { try await connection.query("SELEC 1") }
      #expect(typo?.sqlState == .syntaxError)
      let table = await #expect(throws: PostgresError.self) { try await connection.query("SELECT * FROM nowhere") }
      #expect(table?.sqlState == .undefinedTable)
      #expect(table?.description.contains("emofarm db migrate") == true)
      #expect(try await connection.query("SELECT 1").only().int(0) == 1)
    }
  }

  @Test func scriptsStopAtTheFirstErrorAndRollBack() async throws {
    try await withConnection { connection in
      let error = await #expect(throws: PostgresError.self) {
        try await connection.execute(script: "CREATE TABLE a (n int); SELECT 1 / 0; CREATE TABLE b (n int)")
      }
      #expect(error?.sqlState == "22012")
      #expect(try await connection.query("SELECT to_regclass('a') IS NULL").only().bool(0))
      try await connection.execute(script: "CREATE TABLE a (n int); INSERT INTO a VALUES (1); -- done\n")
      #expect(try await connection.query("SELECT n FROM a").only().int(0) == 1)
    }
  }

  @Test func aCopyRunAsAQueryIsRefusedAndTheConnectionStaysUsable() async throws {
    try await withConnection { connection in
      try await connection.query("CREATE TABLE t (n int)")
      for statement: SQL in ["COPY t FROM STDIN", "COPY (SELECT generate_series(1, 100000)) TO STDOUT"] {
        let error = await #expect(throws: PostgresError.self) { try await connection.query(statement) }
        #expect(error?.code == .unexpectedResult)
        #expect(try await connection.query("SELECT 1").only().int(0) == 1)
      }
    }
  }

  @Test func aStalePreparedPlanIsPreparedAgain() async throws {
    try await withConnection { connection in
      try await connection.query("CREATE TABLE t (a int)")
      for _ in 0..<3 { try await connection.query("SELECT * FROM t") }
      try await connection.query("ALTER TABLE t ADD COLUMN b text")
      #expect(try await connection.query("SELECT * FROM t").columns.map(\.name) == ["a", "b"])
      try await connection.query("DEALLOCATE ALL")
      try await connection.query("SELECT * FROM t")
      #expect(try await connection.query("SELECT * FROM t").columns.count == 2)
    }
  }

  @Test func noticesAreLoggedAtDebugAndParametersNever() async throws {
    try await withTestDatabase { configuration in
      let log = LogLines()
      let connection = try await PostgresConnection.connect(configuration, logger: log.logger)
      try await connection.execute(script: "DO $$ BEGIN RAISE NOTICE 'mind the gap'; END $$")
      #expect(log.lines.contains { $0.hasPrefix("debug") && $0.contains("mind the gap") })
      let error = await #expect(throws: PostgresError.self) {
        try await connection.query("SELECT * FROM nowhere WHERE word = \("sesame-open")")
      }
      await connection.close()
      #expect(error?.description.contains("sesame-open") == false)
      #expect(!log.lines.contains { $0.contains("sesame-open") })
    }
  }

  @Test func aClosedConnectionThrowsConnectionClosed() async throws {
    try await withConnection { connection in
      await connection.close()
      let error = await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1") }
      #expect(error?.code == .connectionClosed)
      #expect(error?.isConnectionFailure == true)
    }
  }

  @Test func aConnectionWhoseServerProcessEndedIsLost() async throws {
    try await withConnection { other in
      let connection = try await PostgresConnection.connect(other.configuration)
      let process = await connection.serverProcess
      let victim = Task { try await connection.query("SELECT pg_sleep(60)") }
      try await waitUntil(
        other, "SELECT count(*) = 1 FROM pg_stat_activity WHERE pid = \(process) AND wait_event = 'PgSleep'")
      try await other.query("SELECT pg_terminate_backend(\(process))")
      let error = await #expect(throws: PostgresError.self) { try await victim.value }
      #expect(error?.code == .connectionLost)
      #expect(error?.sqlState == .adminShutdown)
      #expect(error?.isConnectionFailure == true)
      #expect(await !connection.isUsable)
      let after = await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1") }
      #expect(after?.code == .connectionClosed)
    }
  }
}

/// A log handler that stores its lines.
final class LogLines: LogHandler, Sendable {
  private let kept = Mutex<[String]>([])

  var lines: [String] { kept.withLock { $0 } }
  var logger: Logger { Logger(label: "test") { _ in self } }

  var logLevel: Logger.Level {
    get { .trace }
    set {}
  }
  var metadata: Logger.Metadata {
    get { [:] }
    set {}
  }
  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { nil }
    set {}
  }

  func log(event: LogEvent) {
    kept.withLock { $0.append("\(event.level) \(event.message)") }
  }
}
