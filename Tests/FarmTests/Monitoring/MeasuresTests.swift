import Farm
import Foundation
import Postgres
import TestSupport
import Testing
import Vocabulary

@Suite struct MeasuresTests {
  @Test func anEmptyFarmHasAnAnswerForEverything() async throws {
    try await FarmFixture.with { farm in
      let measures = try await farm.database.measures()
      #expect(measures.jobs.values.allSatisfy { $0 == 0 } && measures.jobs.count == 5)
      #expect(measures.batches == [:] && measures.images == [:] && measures.oldestQueued == nil)
      #expect(measures.workers == [.active: 1] && measures.heldWorkers == 0 && measures.freeBytes == nil)
      #expect(measures.database.bytes > 1 << 20)
      #expect(measures.database.connections >= 1 && measures.database.connectionLimit >= 20)
    }
  }

  /// What the counters say equals what the rows say, in every state of a job.
  @Test func jobsAreCountedByState() async throws {
    try await FarmFixture.with { farm in
      try await farm.enqueue(count: 8, chunk: 4)
      let (done, running) = (try await farm.claimOne(), try await farm.claimOne())
      _ = try await farm.publish(done)
      _ = try await farm.finish(done)
      _ = try await farm.publish(running, [running.missing[0]])
      let cancelled = try await farm.enqueue(count: 4, chunk: 4)
      _ = try await farm.batches.cancel(cancelled)
      let measures = try await farm.database.measures()
      for state in [JobState.ready, .running, .done, .failed, .cancelled] {
        let rows = try await farm.count("jobs WHERE state = \(state.rawValue)::job_state")
        #expect(measures.jobs[state] == rows, "\(state)")
      }
      #expect(measures.batches == [.running: 1, .cancelled: 1])
    }
  }

  /// A job that is due later does not count as waiting.
  @Test func theOldestJobIsTheOneThatIsDue() async throws {
    try await FarmFixture.with { farm in
      try await farm.enqueue(count: 4, chunk: 4)
      _ = try await farm.run("UPDATE jobs SET run_at = now() + interval '1 hour'")
      #expect(try await farm.database.measures().oldestQueued == nil)
      _ = try await farm.run("UPDATE jobs SET run_at = now() - interval '1 hour' WHERE id = 1")
      let due = try #require(try await farm.database.measures().oldestQueued)
      #expect(abs(Date().timeIntervalSince1970 - 3600 - due) < 60)
    }
  }

  /// A session that keeps a transaction open is seen as what it is.
  @Test func oldSnapshotsAndIdleTransactionsAreSeen() async throws {
    try await FarmFixture.with { farm in
      let other = try await PostgresConnection.connect(farm.database.configuration)
      _ = try await other.query("BEGIN ISOLATION LEVEL REPEATABLE READ")
      _ = try await other.query("SELECT count(*) AS n FROM jobs")
      let measures = try await eventually("both ages grow") {
        let measures = try await farm.database.measures().database
        return min(measures.oldestSnapshot, measures.oldestIdle) > 0.2 ? measures : nil
      }
      #expect(max(measures.oldestSnapshot, measures.oldestIdle) < 60)
      await other.close()
    }
  }
}
