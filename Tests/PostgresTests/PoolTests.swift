import Postgres
import TestSupport
import Testing

/// The pool with a real server.
@Suite struct PoolTests {
  @Test func manyTasksShareFewConnections() async throws {
    try await withTestDatabase { configuration in
      let pool = PostgresPool(configuration, size: 4)
      try await pool.withConnection { _ = try await $0.query("CREATE TABLE t (n bigint)") }
      let processes = try await withThrowingTaskGroup(of: Int32.self) { group in
        for number in 0..<200 {
          group.addTask {
            try await pool.transaction { connection in
              try await connection.query("INSERT INTO t VALUES (\(number))")
              return await connection.serverProcess
            }
          }
        }
        return try await group.reduce(into: Set<Int32>()) { $0.insert($1) }
      }
      #expect((1...4).contains(processes.count))
      #expect(try await pool.withConnection { try await $0.query("SELECT count(*) FROM t").only().int(0) } == 200)
      await pool.close()
    }
  }

  @Test func brokenConnectionsAreReplaced() async throws {
    try await withTestDatabase { configuration in
      let pool = PostgresPool(configuration, size: 1)
      let process = try await pool.withConnection { await $0.serverProcess }
      let other = try await PostgresConnection.connect(configuration)
      try await other.query("SELECT pg_terminate_backend(\(process), 60000)")
      let next = try await pool.withConnection { connection in
        try await connection.query("SELECT 1")
        return await connection.serverProcess
      }
      #expect(next != process)
      await other.close()
      await pool.close()
    }
  }

  @Test func aConnectionLeftInATransactionIsNotReused() async throws {
    try await withTestDatabase { configuration in
      let pool = PostgresPool(configuration, size: 1)
      let process = try await pool.withConnection { connection in
        try await connection.query("BEGIN")
        return await connection.serverProcess
      }
      #expect(try await pool.withConnection { await $0.serverProcess } != process)
      await pool.close()
    }
  }

  @Test func aFailedConnectFreesItsPlace() async throws {
    try await withTestDatabase { configuration in
      let pool = PostgresPool(configuration.with(database: "nowhere"), size: 1)
      for _ in 0..<3 {
        let error = await #expect(throws: PostgresError.self) { try await pool.withConnection { _ in } }
        #expect(error?.sqlState == .unknownDatabase)
      }
    }
  }

  @Test func waitingEndsOnCancellationAndOnClose() async throws {
    try await withTestDatabase { configuration in
      let pool = PostgresPool(configuration, size: 1)
      try await pool.withConnection { _ in
        let cancelled = Task { try await pool.withConnection { _ in } }
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        let refused = Task { try await pool.withConnection { _ in } }
        await pool.close()
        let error = await #expect(throws: PostgresError.self) { try await refused.value }
        #expect(error?.code == .poolClosed)
      }
      let error = await #expect(throws: PostgresError.self) { try await pool.withConnection { _ in } }
      #expect(error?.code == .poolClosed)
    }
  }

  @Test func deadlocksAreRetriedOnRequest() async throws {
    try await withTestDatabase { configuration in
      let pool = PostgresPool(configuration, size: 3)
      try await pool.withConnection { connection in
        try await connection.execute(script: "CREATE TABLE t (id int, n int); INSERT INTO t VALUES (1, 0), (2, 0)")
      }
      let attempts = Counter()
      let holders = Counter()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for ids in [[1, 2], [2, 1]] {
          group.addTask {
            try await pool.transaction(retries: 20) { connection in
              attempts.increment()
              try await connection.query("SET LOCAL deadlock_timeout = '10ms'")
              try await connection.query("UPDATE t SET n = n + 1 WHERE id = \(ids[0])")
              // Both transactions hold their first row before either requests its second.
              holders.increment()
              while holders.value < 2 { try await connection.query("SELECT 1") }
              try await connection.query("UPDATE t SET n = n + 1 WHERE id = \(ids[1])")
            }
          }
        }
        try await group.waitForAll()
      }
      #expect(attempts.value >= 3)
      let sums = try await pool.withConnection { try await $0.query("SELECT n FROM t").map { try $0.int(0) } }
      #expect(sums == [2, 2])
      await pool.close()
    }
  }

  @Test func serializationFailuresAreRetryable() async throws {
    try await withTestDatabase { configuration in
      let pool = PostgresPool(configuration, size: 2)
      try await pool.withConnection { connection in
        try await connection.execute(script: "CREATE TABLE t (n int); INSERT INTO t VALUES (0)")
      }
      let error = await #expect(throws: PostgresError.self) {
        try await pool.transaction(isolation: .repeatableRead) { first in
          try await first.query("SELECT n FROM t")
          try await pool.transaction { _ = try await $0.query("UPDATE t SET n = n + 1") }
          try await first.query("UPDATE t SET n = n + 1")
        }
      }
      #expect(error?.isRetryable == true)
      await pool.close()
    }
  }
}
