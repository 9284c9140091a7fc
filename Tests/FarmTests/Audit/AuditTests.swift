import Farm
import Foundation
import Postgres
import TestSupport
import Testing
import Vocabulary

/// Every planted violation is found under its own name, and an intact farm has no findings.
@Suite struct AuditTests {
  struct Breach: Sendable, CustomTestStringConvertible {
    let check: String
    let plant: SQL

    var testDescription: String { check }
  }

  /// Job 1 is done, job 2 is running with one image, job 3 is quarantined, job 4 is ready.
  private static func scene(_ farm: FarmFixture) async throws {
    try await farm.enqueue(count: 8, chunk: 4, measures: true)
    try await farm.finish(try await farm.claimOne())
    let running = try await farm.claimOne()
    try await farm.publish(running, [running.firstIndex])
    let failed = try await farm.claimOne()
    _ = try await farm.jobs.fail(failed.handle, error: "broken", permanent: true)
    // The guards are removed to plant violations that the tables would reject.
    for constraint in try await farm.run(
      """
      SELECT conrelid::regclass::text AS t, conname AS c FROM pg_constraint
      WHERE contype = 'c' AND connamespace = 'public'::regnamespace
      """)
    {
      let (table, name) = (try constraint.string("t"), try constraint.string("c"))
      try await farm.run("ALTER TABLE \(identifier: table) DROP CONSTRAINT \(identifier: name)")
    }
  }

  static let breaches = [
    Breach(check: "1 token.ahead", plant: "UPDATE images SET token = 9 WHERE idx = 0"),
    Breach(check: "1 token.unaccounted", plant: "UPDATE jobs SET token = token + 1 WHERE id = 4"),
    Breach(check: "2 image.unclaimed", plant: "DELETE FROM attempts WHERE job_id = 1"),
    Breach(
      check: "2 image.late", plant: "UPDATE images SET created_at = now() + interval '1 hour' WHERE job_id = 1"),
    Breach(check: "2 image.foreign", plant: "UPDATE images SET cell = 1 WHERE idx = 0"),
    Breach(check: "2 image.foreign", plant: "UPDATE images SET job_id = 77 WHERE idx = 0"),
    Breach(check: "2 image.unmeasured", plant: "DELETE FROM measurements WHERE idx = 1"),
    Breach(check: "2 image.unmeasured", plant: "UPDATE measurements SET idx = 1000 WHERE idx = 1"),
    Breach(check: "2 image.unmeasured", plant: "UPDATE batches SET classifiers = NULL"),
    Breach(check: "10 image.try", plant: "UPDATE images SET trial = 1, seed = seed + 16 WHERE idx = 1"),
    Breach(
      check: "10 image.try",
      plant: """
        INSERT INTO rejects (batch_id, job_id, token, worker_id, seed, idx, cell, bytes, seconds, trial, actual_steps, sha256,
          rgb_sha256, engine, criterion)
        SELECT batch_id, job_id, token, worker_id, seed + 16, 7, cell, bytes, seconds, 1, actual_steps, sha256, rgb_sha256,
          engine, 'content' FROM images WHERE idx = 0
        """),
    Breach(check: "3 job.short", plant: "UPDATE jobs SET given_up = 1 WHERE state = 'ready'"),
    Breach(check: "10 measurement.wrong", plant: "UPDATE measurements SET emotion = 0 WHERE idx = 1"),
    Breach(check: "10 measurement.wrong", plant: "UPDATE measurements SET emotions[3] = 0.5 WHERE idx = 1"),
    Breach(check: "3 job.incomplete", plant: "DELETE FROM images WHERE idx = 2"),
    Breach(check: "4 lease.missing", plant: "UPDATE jobs SET worker_id = NULL WHERE state = 'running'"),
    Breach(check: "4 lease.missing", plant: "UPDATE jobs SET lease_expires_at = NULL WHERE state = 'running'"),
    Breach(check: "4 lease.missing", plant: "UPDATE jobs SET claim = claim - 1 WHERE state = 'running'"),
    Breach(
      check: "4 lease.far",
      plant: "UPDATE jobs SET lease_expires_at = now() + interval '9 days' WHERE state = 'running'"),
    Breach(check: "4 attempt.open", plant: "UPDATE attempts SET outcome = NULL, ended_at = NULL WHERE job_id = 1"),
    Breach(check: "5 job.looping", plant: "UPDATE jobs SET attempt = 8 WHERE state = 'ready'"),
    Breach(check: "5 quarantine.silent", plant: "UPDATE attempts SET error = NULL WHERE outcome = 'failed'"),
    Breach(check: "5 quarantine.silent", plant: "DELETE FROM events WHERE kind = 'job.quarantined'"),
    Breach(check: "6 cancel.ignored", plant: "UPDATE batches SET state = 'cancelling'"),
    Breach(check: "7 job.counter", plant: "UPDATE jobs SET images_done = 3 WHERE state = 'running'"),
    Breach(check: "7 cell.counter", plant: "UPDATE cells SET images_done = images_done + 1 WHERE ordinal = 1"),
    Breach(check: "7 batch.counter", plant: "UPDATE batches SET images_done = images_done + 1"),
    Breach(check: "7 batch.counter", plant: "UPDATE batches SET jobs_done = jobs_done + 1"),
    Breach(check: "7 batch.counter", plant: "INSERT INTO tallies VALUES (1, 0, 1, 0)"),
    Breach(check: "7 cell.counter", plant: "INSERT INTO tallies VALUES (1, 0, 0, -1), (1, 1, 0, 1)"),
    Breach(check: "7 batch.coverage", plant: "DELETE FROM jobs WHERE state = 'ready'"),
    Breach(check: "7 training.job", plant: "INSERT INTO trainings (batch_id, steps) VALUES (1, 5)"),
    Breach(check: "7 batch.coverage", plant: "UPDATE jobs SET count = 5 WHERE id = 1"),
    Breach(check: "7 batch.state", plant: "UPDATE batches SET state = 'done', finished_at = now()"),
    Breach(check: "7 batch.unreported", plant: "UPDATE batches SET finished_at = now()"),
    Breach(check: "7 job.state", plant: "UPDATE jobs SET worker_id = 1 WHERE state = 'ready'"),
    Breach(
      check: "8 notify.trigger",
      plant: """
        CREATE TRIGGER wake AFTER INSERT ON jobs EXECUTE FUNCTION suppress_redundant_updates_trigger()
        """),
    Breach(check: "9 image.engine", plant: "UPDATE images SET engine = 'another' WHERE idx = 0"),
    Breach(
      check: "9 repair.differs",
      plant: """
        INSERT INTO repairs (batch_id, idx, fault, sha256, rgb_sha256, engine)
        SELECT batch_id, idx, 'missing', sha256, sha256('x'), engine FROM images WHERE idx = 0
        """),
    Breach(check: "10 image.seed", plant: "UPDATE images SET seed = seed + 1 WHERE idx = 1"),
    Breach(check: "10 image.steps", plant: "UPDATE images SET actual_steps = 0 WHERE idx = 1"),
    Breach(check: "10 batch.seed", plant: "UPDATE batches SET seed = 3"),
    Breach(
      check: "11 lease.orphan",
      plant: "UPDATE jobs SET lease_expires_at = now() - interval '6 minutes' WHERE state = 'running'"),
    Breach(
      check: "11 job.delayed", plant: "UPDATE jobs SET run_at = now() + interval '1 hour' WHERE state = 'ready'"),
    Breach(
      check: "11 batch.unserved", plant: "UPDATE batches SET labels = '{gpu}', created_at = now() - interval '1 minute'"
    ),
  ]

  @Test(arguments: breaches)
  func aPlantedViolationIsFound(_ breach: Breach) async throws {
    try await FarmFixture.with { farm in
      try await Self.scene(farm)
      #expect(try await farm.breaches() == [])
      try await farm.run(breach.plant)
      #expect(try await farm.breaches().contains(breach.check))
    }
  }

  /// Work that continues during an audit is not reported as a violation.
  @Test func anAuditDuringWorkFindsNothing() async throws {
    try await FarmFixture.with { farm in
      let id = try await farm.enqueue(count: 40, chunk: 2)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for worker in 0..<4 {
          group.addTask {
            while let job = try await farm.claim().first {
              try await farm.publish(job)
              if job.handle.token == 1 && worker == 0 {
                _ = try await farm.jobs.release(job.handle, .drained)
              } else {
                _ = try await farm.jobs.complete(job.handle)
              }
            }
          }
        }
        group.addTask {
          while try await !farm.batches.status(id).isFinished {
            #expect(try await farm.breaches() == [])
            // Two completions that each see the other job open leave the batch's end to a sweep.
            _ = try await farm.jobs.sweep()
          }
        }
        try await group.waitForAll()
      }
      #expect(try await farm.breaches() == [])
    }
  }

  @Test func everyCheckHasAPlantedViolation() {
    let planted = Set(
      Self.breaches.map(\.check) + [
        "9 image.irreproducible", "7 training.unfinished", "11 lock.idle", "11 lock.waiting", "11 lock.prepared",
      ])
    #expect(Set(Audit.checks().map { "\($0.promise) \($0.name)" }) == planted)
  }

  @Test func anEngineThatRendersDifferentImagesFromOneSeedIsFound() async throws {
    try await FarmFixture.with { farm in
      for _ in 0..<2 { try await farm.enqueue(count: 4, emotions: [.awe]) }
      try await farm.finishAll()
      try await TestFolder.with { folder in
        let audit = Audit(database: farm.database, store: ArtifactStore(home: folder))
        let check = "image.irreproducible"
        #expect(try await !audit.run(deep: true).contains { $0.check == check })
        try await farm.run("UPDATE images SET rgb_sha256 = sha256('x') WHERE batch_id = 2 AND idx = 1")
        let finding = try #require(try await audit.run(deep: true).first { $0.check == check })
        #expect(finding.rows == [#"seed 101, {"prompt": "", "emotion": "awe"}: batches 1, 2"#])
      }
    }
  }
}
