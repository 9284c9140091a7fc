import Farm
import Logging
import Postgres
import Synchronization
import TestSupport
import Testing
import Worker

/// Classifies real errors of a real server: which ones the worker waits out.
@Suite struct ServerLineTests {
  /// The messages that a line logged.
  private final class Log: Sendable {
    let messages = Mutex<[String]>([])

    var logger: Logger {
      Logger(label: "test") { _ in
        LineLogHandler(format: .human) { line in
          self.messages.withLock { $0.append(line) }
        }
      }
    }

    func count(_ text: String) -> Int { messages.withLock { $0.count { $0.contains(text) } } }
  }

  /// Makes the server raise an error.
  private static func raise(_ state: String, _ connection: PostgresConnection) async throws {
    let block = "DO $$ BEGIN RAISE EXCEPTION 'raised' USING ERRCODE = '\(state)'; END $$"
    try await connection.query("\(unsafeRaw: block)")
  }

  private static func withConnection(_ body: @Sendable (PostgresConnection) async throws -> Void) async throws {
    try await withTestDatabase { configuration in
      let connection = try await PostgresConnection.connect(configuration)
      try await body(connection)
      await connection.close()
    }
  }

  @Test(arguments: [
    // Insufficient resources: a full disk, no memory, too many connections.
    "53000", "53100", "53200", "53300", "53400",
    // Operator intervention: cancelled, shut down, crashed, starting, idle too long.
    "57000", "57014", "57P01", "57P02", "57P03", "57P05",
    // System errors.
    "58000", "58030", "58P01",
    // Lock not available, and errors that a new transaction may avoid.
    "55P03", "40001", "40P01",
    // A standby; an operator's change of role, database or schema; states that are in no table.
    "25006", "28P01", "3D000", "42501", "42601", "42P01", "54000", "55000", "55006", "P0001", "XX000", "ZZ999",
  ]) func whatMayPassIsWaitedOut(_ state: String) async throws {
    try await Self.withConnection { connection in
      let line = ServerLine(logger: Log().logger) {}
      let answer: Bool? = try await line.attempt {
        try await Self.raise(state, connection)
        return true
      }
      #expect(answer == nil, "\(state)")
    }
  }

  @Test(arguments: ["21000", "22012", "22P02", "23503", "23505", "23514"]) func whatStaysWrongIsThrown(_ state: String)
    async throws
  {
    try await Self.withConnection { connection in
      let line = ServerLine(logger: Log().logger) {}
      let error = await #expect(throws: PostgresError.self) {
        try await line.persist { try await Self.raise(state, connection) }
      }
      #expect(error?.sqlState?.rawValue == state)
    }
  }

  @Test func aServerWithoutRoomIsReportedOnceAndSoIsItsReturn() async throws {
    try await Self.withConnection { connection in
      let log = Log()
      let waits = Atomic(0)
      let attempts = Atomic(0)
      let line = ServerLine(logger: log.logger) { waits.add(1, ordering: .relaxed) }
      let answer = try await line.persist {
        // The server is out of resources twice, then answers.
        if attempts.add(1, ordering: .relaxed).newValue < 3 { try await Self.raise("53300", connection) }
        return try await connection.query("SELECT 7").only().int(0)
      }
      #expect(answer == 7)
      #expect(waits.load(ordering: .relaxed) == 2)
      #expect(log.count("PostgreSQL is unreachable") == 1)
      #expect(log.count("PostgreSQL is back") == 1)
    }
  }

  @Test func aConflictOfTransactionsIsNoAbsence() async throws {
    try await Self.withConnection { connection in
      let log = Log()
      let line = ServerLine(logger: log.logger) {}
      let answer: Void? = try await line.attempt { try await Self.raise("40001", connection) }
      #expect(answer == nil)
      #expect(log.count("PostgreSQL is unreachable") == 0)
    }
  }

  @Test func afterItsDeadlineNothingWaits() async throws {
    try await Self.withConnection { connection in
      let line = ServerLine(logger: Log().logger) {}
      line.giveUp(at: .now)
      await #expect(throws: ServerLine.GaveUp.self) {
        try await line.persist { try await Self.raise("57P03", connection) }
      }
      // Statements that the server accepts are not affected.
      let answer = try await line.persist { try await connection.query("SELECT 7").only().int(0) }
      #expect(answer == 7)
    }
  }

  @Test func aServerThatCannotBeReachedIsWaitedOutAndSoIsAWrongPassword() {
    #expect(PostgresError(.connectionFailed, "refused").mayPass)
    #expect(PostgresError(.connectionLost, "reset").mayPass)
    #expect(PostgresError(.commitUnknown, "lost in COMMIT").mayPass)
    #expect(PostgresError(.connectionFailed, "password", sqlState: "28P01").mayPass)
    #expect(!PostgresError(.invalidParameter, "a zero byte").mayPass)
    #expect(!PostgresError(.decoding, "not a number").mayPass)
  }

  /// An operator learns what to change, once for each condition.
  @Test func eachConditionIsSaidInItsOwnWords() async throws {
    try await Self.withConnection { connection in
      let log = Log()
      let line = ServerLine(logger: log.logger) {}
      for state in ["25006", "25006", "42P01", "55P03", "XX000"] {
        _ = try await line.attempt { try await Self.raise(state, connection) }
      }
      #expect(log.count("it is a standby or read-only") == 1)
      #expect(log.count("until an operator has changed it") == 1)
      #expect(log.count("another session of PostgreSQL holds a lock") == 1)
      #expect(log.count("that this program does not know") == 1)
      _ = try await line.attempt { try await connection.query("SELECT 1") }
      #expect(log.count("PostgreSQL is back") == 1)
    }
  }

  /// A server that is stopped answers nothing and breaks no connection: the deadline ends the call all the same.
  @Test(.timeLimit(.minutes(10))) func aCallThatIsNotAnsweredEndsAtTheDeadline() async throws {
    try await Self.withConnection { connection in
      let line = ServerLine(logger: Log().logger) {}
      let start = ContinuousClock.now
      line.giveUp(at: .now + .milliseconds(200))
      await #expect(throws: ServerLine.GaveUp.self) {
        try await line.persist { try await connection.query("SELECT pg_sleep(50)") }
      }
      #expect(ContinuousClock.now - start < .seconds(20))
    }
  }
}
