import Postgres
import TestSupport
import Testing

/// Transactions are atomic, and their outcome is reported truthfully.
@Suite struct TransactionTests {
  struct Stop: Error {}

  @Test func commitPersistsChangesAndErrorsRollBack() async throws {
    try await withConnection { connection in
      try await connection.query("CREATE TABLE t (n int)")
      let value = try await connection.transaction { connection in
        try await connection.query("INSERT INTO t VALUES (1)")
        return 7
      }
      #expect(value == 7)
      await #expect(throws: Stop.self) {
        try await connection.transaction { connection in
          try await connection.query("INSERT INTO t VALUES (2)")
          throw Stop()
        }
      }
      let failed = await #expect(throws: PostgresError.self) {
        try await connection.transaction { connection in
          try await connection.query("INSERT INTO t VALUES (3)")
          try await connection.query("SELECT 1 / 0")
        }
      }
      #expect(failed?.sqlState == "22012")
      #expect(try await connection.query("SELECT n FROM t").map { try $0.int(0) } == [1])
    }
  }

  @Test func anErrorIgnoredByTheBodyFailsTheTransaction() async throws {
    try await withConnection { connection in
      try await connection.query("CREATE TABLE t (n int)")
      let error = await #expect(throws: PostgresError.self) {
        try await connection.transaction { connection in
          try await connection.query("INSERT INTO t VALUES (1)")
          _ = try? await connection.query("SELECT 1 / 0")
        }
      }
      #expect(error?.code == .transactionAborted)
      #expect(try await connection.query("SELECT FROM t").isEmpty)
    }
  }

  @Test func transactionsDoNotNest() async throws {
    try await withConnection { connection in
      let error = await #expect(throws: PostgresError.self) {
        try await connection.transaction { try await $0.transaction { _ in } }
      }
      #expect(error?.code == .transactionInProgress)
      try await connection.transaction { _ = try await $0.query("SELECT 1") }
    }
  }

  @Test func aReadOnlyTransactionRefusesWrites() async throws {
    try await withConnection { connection in
      try await connection.query("CREATE TABLE t (n int)")
      let error = await #expect(throws: PostgresError.self) {
        try await connection.transaction(isolation: .repeatableRead, readOnly: true) { connection in
          #expect(try await connection.query("SHOW transaction_isolation").only().string(0) == "repeatable read")
          try await connection.query("INSERT INTO t VALUES (1)")
        }
      }
      #expect(error?.sqlState == "25006")
    }
  }

  @Test func cancellationBeforeCommitRollsBack() async throws {
    try await withConnection { connection in
      try await connection.query("CREATE TABLE t (n int)")
      let task = Task {
        try await connection.transaction { connection in
          try await connection.query("INSERT INTO t VALUES (1)")
          withUnsafeCurrentTask { $0?.cancel() }
        }
      }
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(try await connection.query("SELECT FROM t").isEmpty)
      #expect(await connection.isUsable)
    }
  }

  @Test func aDeferredConstraintThatFailsAtCommitIsAnOrdinaryError() async throws {
    try await withConnection { connection in
      try await connection.query("CREATE TABLE t (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
      let error = await #expect(throws: PostgresError.self) {
        try await connection.transaction { _ = try await $0.query("INSERT INTO t VALUES (1), (1)") }
      }
      #expect(error?.sqlState == .uniqueViolation)
      #expect(error?.code == .server)
      #expect(await connection.isUsable)
    }
  }

  @Test func aTransactionIsRolledBackIfItsServerProcessEndsBeforeCommit() async throws {
    try await withConnection { other in
      try await other.query("CREATE TABLE t (n int)")
      let connection = try await PostgresConnection.connect(other.configuration)
      let process = await connection.serverProcess
      let error = await #expect(throws: PostgresError.self) {
        try await connection.transaction { connection in
          try await connection.query("INSERT INTO t VALUES (1)")
          try await other.query("SELECT pg_terminate_backend(\(process), 60000)")
        }
      }
      #expect(error?.code == .connectionLost)
      #expect(try await other.query("SELECT FROM t").isEmpty)
    }
  }

  @Test func theOutcomeIsUnknownIfTheServerProcessEndsDuringCommit() async throws {
    try await withConnection { other in
      try await other.execute(
        script: """
          CREATE TABLE t (n int);
          CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(60); RETURN NULL; END $$;
          CREATE CONSTRAINT TRIGGER die AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION die();
          """)
      let connection = try await PostgresConnection.connect(other.configuration)
      let error = await #expect(throws: PostgresError.self) {
        try await connection.transaction { _ = try await $0.query("INSERT INTO t VALUES (1)") }
      }
      #expect(error?.code == .commitUnknown)
      #expect(error?.isConnectionFailure == false)
      #expect(error?.isRetryable == false)
    }
  }

  @Test func aCommitWithoutAnAnswerHasAnUnknownOutcome() async throws {
    try await withConnection { other in
      try await other.query("CREATE TABLE t (n int)")
      try await TestFolder.with { folder in
        let cutter = try SocketCutter(
          folder: folder, server: "\(other.configuration.host)/.s.PGSQL.\(other.configuration.port)",
          cutAfter: "COMMIT")
        let detour = other.configuration.with("host", folder).with("port", "5432")
        let connection = try await PostgresConnection.connect(detour)
        let error = await #expect(throws: PostgresError.self) {
          try await connection.transaction { _ = try await $0.query("INSERT INTO t VALUES (1)") }
        }
        #expect(error?.code == .commitUnknown)
        try await waitUntil(other, "SELECT count(*) = 1 FROM t")
        cutter.stop()
      }
    }
  }
}
