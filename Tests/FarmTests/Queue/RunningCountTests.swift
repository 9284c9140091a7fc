import Farm
import Postgres
import TestSupport
import Testing

/// Running jobs are counted for all processes where counting is slow, and by each claim where it is not.
@Suite struct RunningCountTests {
  /// The farm's count as another process would get it.
  private static func counted(_ farm: FarmFixture) async throws -> [Int64: Int] {
    let rows = try await farm.run("SELECT batch_id, running FROM running_jobs()")
    return try Dictionary(uniqueKeysWithValues: rows.map { (try $0.int64("batch_id"), try $0.int("running")) })
  }

  private static func plant(_ farm: FarmFixture, age: String, took: String) async throws {
    try await farm.run("DELETE FROM running_counts")
    try await farm.run(
      """
      INSERT INTO running_counts
      VALUES (clock_timestamp() - \(age)::interval, \(took)::interval, '{77, 78}', '{5, 6}')
      """)
  }

  @Test func aClaimSeesWhatRunsNow() async throws {
    try await FarmFixture.with { farm in
      let batch = try await farm.enqueue(count: 8, chunk: 4)
      #expect(try await Self.counted(farm) == [:])
      _ = try await farm.claim(limit: 3)
      // Whatever is left of an earlier count that was slow.
      for age in ["1 second", "61 seconds", "-1 hour"] {
        try await Self.plant(farm, age: age, took: "10 milliseconds")
        #expect(try await Self.counted(farm) == [batch: 3], "\(age)")
      }
    }
  }

  @Test func aSlowCountServesEverybody() async throws {
    try await FarmFixture.with { farm in
      try await farm.enqueue(count: 8, chunk: 4)
      _ = try await farm.claim(limit: 3)
      try await Self.plant(farm, age: "30 seconds", took: "2 seconds")
      #expect(try await Self.counted(farm) == [77: 5, 78: 6])
      #expect(try await farm.claim(limit: 1).count == 1)
    }
  }

  @Test func whileOneCountsOthersDoNotWait() async throws {
    try await FarmFixture.with { farm in
      let batch = try await farm.enqueue(count: 8, chunk: 4)
      _ = try await farm.claim(limit: 1)
      try await Self.plant(farm, age: "30 seconds", took: "1 second")
      try await farm.database.pool.withConnection { connection in
        try await connection.query("BEGIN")
        try await connection.query("SELECT pg_advisory_xact_lock(hashtextextended('emofarm running counts', 0))::text")
        #expect(try await Self.counted(farm) == [77: 5, 78: 6])
        try await connection.query("ROLLBACK")
      }
      #expect(try await Self.counted(farm) == [batch: 1])
    }
  }
}
