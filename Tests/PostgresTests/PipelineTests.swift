import Postgres
import TestSupport
import Testing

/// Several statements, one round trip, one fate.
@Suite struct PipelineTests {
  @Test func resultsComeInOrder() async throws {
    try await withConnection { connection in
      try await connection.query("CREATE TABLE t (n bigint)")
      let results = try await connection.pipeline(
        ["INSERT INTO t VALUES (\(1)), (\(2))", "SELECT n FROM t ORDER BY n", "DELETE FROM t WHERE n = \(1)", ""])
      #expect(results.map(\.affectedRows) == [2, 2, 1, 0])
      #expect(try results[1].map { try $0.int("n") } == [1, 2])
      #expect(try await connection.pipeline([]).isEmpty)
    }
  }

  @Test func oneFailureUndoesAllOfThem() async throws {
    try await withConnection { connection in
      try await connection.query("CREATE TABLE t (n bigint)")
      let error = await #expect(throws: PostgresError.self) {
        try await connection.pipeline(["INSERT INTO t VALUES (1)", "SELECT 1 / \(0)", "INSERT INTO t VALUES (2)"])
      }
      #expect(error?.sqlState == "22012")
      #expect(error?.statement == "SELECT 1 / $1")
      #expect(try await connection.query("SELECT FROM t").isEmpty)
    }
  }

  @Test func largePipelinesDoNotDeadlock() async throws {
    try await withConnection { connection in
      // More in both directions than the socket's buffers hold.
      let text = String(repeating: "x", count: 20_000)
      let results = try await connection.pipeline((0..<500).map { "SELECT \($0), \(text)" })
      #expect(results.count == 500)
      #expect(try results[499].only().int(0) == 499)
      #expect(try results[499].only().string(1).count == 20_000)
    }
  }

  @Test func insideATransactionItBelongsToIt() async throws {
    try await withConnection { connection in
      try await connection.query("CREATE TABLE t (n bigint)")
      await #expect(throws: CancellationError.self) {
        try await connection.transaction { connection in
          _ = try await connection.pipeline(["INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (2)"])
          throw CancellationError()
        }
      }
      #expect(try await connection.query("SELECT FROM t").isEmpty)
    }
  }
}
