import Farm
import Files
import Foundation
import Postgres
import TestSupport
import Testing

/// What each role may do: every statement of the farm by its grants, and by its rows what crosses from one login to
/// another.
@Suite struct RoleTests {
  /// Every statement as every role: allowed exactly where the list says so.
  @Test func everyStatementIsAllowedToExactlyItsRoles() async throws {
    try await RoleFixture.with { roles in
      let statements = try RoleStatement.all()
      for login in [RoleFixture.Login.anna, .worker1, .reader, .admin, .owner] {
        try await roles.session(login) { connection in
          for statement in statements {
            let isAllowed: Bool
            do {
              try await connection.query("EXPLAIN \(statement.sql)")
              isAllowed = true
            } catch let error as PostgresError where error.sqlState == .insufficientPrivilege {
              isAllowed = false
            }
            let expected = login == .owner || statement.roles.contains(login.role)
            #expect(isAllowed == expected, "\(statement.name) as \(login.role)")
          }
        }
      }
    }
  }

  /// A new statement needs a line in the list.
  @Test func everyStatementOfTheSourcesIsInTheList() throws {
    let folder = SourceTree.root.appending(path: "Sources/Farm")
    let files = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
    var found: Set<String> = []
    for file in files where file.hasSuffix("SQL.swift") {
      let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
      let type = URL(filePath: file).deletingPathExtension().lastPathComponent
      for match in text.matches(of: #/\n  (?:package )?static (?:func|let|var) (\w+)/#) {
        found.insert("\(type).\(match.1)")
      }
    }
    // Pieces of statements.
    let pieces: Set = [
      "JobSQL.isHeld", "ModelSQL.variant", "TallySQL.ofBatch", "TallySQL.folding", "WorkerSQL.isRegistered",
      "WorkerSQL.canDo", "WorkerSQL.takesJobs", "CapSQL.concernsWorker", "CapSQL.userIsFull", "CapSQL.hostIsFull",
      "CapSQL.running", "TakeBackSQL.statement",
    ]
    let listed = Set(try RoleStatement.all().map(\.name).filter { !$0.hasPrefix("Audit ") })
    #expect(found.count > 60)
    #expect(found.subtracting(pieces).subtracting(listed).sorted() == [])
    #expect(listed.subtracting(found).sorted() == [])
  }

  /// A new table, or a column that nobody may set, needs a line in ``TableRights``.
  @Test func everyTableHasItsRights() async throws {
    try await RoleFixture.with { roles in
      let tables = try await roles.farm.run(
        """
        SELECT relname::text AS name, pg_get_userbyid(relowner)::text AS owner,
          has_table_privilege(\(roles.names.name(.reader)), oid, 'SELECT') AS readable
        FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
        """)
      #expect(tables.count >= 13)
      for table in tables {
        let name = try table.string("name")
        #expect(try table.bool("readable"), "\(name)")
        #expect(try table.string("owner") == roles.names.name(.owner), "\(name)")
      }
    }
  }

  @Test func aWorkerTouchesNothingOfOthers() async throws {
    try await RoleFixture.with { roles in
      let batch = try await roles.farm.enqueue(count: 4, measures: true)
      try await roles.farm.run("UPDATE batches SET login = \(roles.name(.anna)) WHERE id = \(batch)")
      try await roles.farm.run("UPDATE workers SET login = \(roles.name(.worker1))")
      let job = try await roles.farm.claimOne()
      try await roles.farm.publish(job)
      let taken: [(String, SQL)] = [
        ("the priority", "UPDATE batches SET priority = 5 WHERE id = \(batch)"),
        ("the specification", "UPDATE batches SET spec = '{}' WHERE id = \(batch)"),
        ("the seed", "UPDATE batches SET seed = 1 WHERE id = \(batch)"),
        ("a pause", "UPDATE batches SET state = 'paused' WHERE id = \(batch)"),
        ("a worker's pause", "UPDATE workers SET request = 'pause', requested_at = now(), requested_by = 'x'"),
        ("a share", "INSERT INTO users (name, weight) VALUES ('x', 1000)"), ("a cap", "DELETE FROM hosts"),
        ("a cancellation", "UPDATE batches SET state = 'cancelling' WHERE id = \(batch)"),
        ("a cancellation of jobs", "UPDATE jobs SET state = 'cancelled' WHERE state = 'ready'"),
        ("who enqueued", "UPDATE batches SET login = session_user"),
        ("a batch", "DELETE FROM batches"), ("an image", "DELETE FROM images"),
        ("an image's file", "UPDATE images SET sha256 = rgb_sha256"), ("an event", "UPDATE events SET kind = 'x'"),
        ("a model", "UPDATE models SET folder = '/'"), ("a cell", "UPDATE cells SET settings = '{}'"),
        ("a table", "DROP TABLE events"), ("a migration", "DELETE FROM emofarm_migrations"),
        (
          "an image of a job that it does not hold",
          """
          INSERT INTO images (batch_id, idx, cell, job_id, token, worker_id, seed, sha256, rgb_sha256, bytes,
            actual_steps, engine, seconds)
          SELECT batch_id, idx + 1000, cell, job_id, token, worker_id, seed, sha256, rgb_sha256, bytes, actual_steps,
            engine, seconds FROM images LIMIT 1
          """
        ),
        (
          "a measurement in a job that it does not hold",
          """
          INSERT INTO measurements (batch_id, idx, cell, phash, emotion, emotions, embedding)
          SELECT batch_id, idx + 1000, cell, phash, emotion, emotions, embedding FROM measurements LIMIT 1
          """
        ),
        (
          "a rejected image of a job that it does not hold",
          """
          INSERT INTO rejects (batch_id, idx, trial, cell, job_id, token, worker_id, seed, sha256, rgb_sha256, bytes,
            actual_steps, engine, seconds, criterion)
          SELECT batch_id, idx + 1000, 0, cell, job_id, token, worker_id, seed, sha256, rgb_sha256, bytes, actual_steps,
            engine, seconds, 'content' FROM images LIMIT 1
          """
        ),
        ("a measurement", "UPDATE measurements SET emotion = 0"), ("measurements", "DELETE FROM measurements"),
        (
          "an event of another worker",
          "INSERT INTO events (level, kind, worker_id) VALUES ('error', 'worker.suspended', \(roles.farm.worker.id))"
        ),
        (
          "an event of a producer",
          "INSERT INTO events (level, kind, batch_id) VALUES ('info', 'batch.paused', \(batch))"
        ),
        (
          "an attempt of another worker",
          """
          INSERT INTO attempts (batch_id, job_id, token, claim, worker_id, number)
          VALUES (\(batch), \(job.handle.job), 99, 1, \(roles.farm.worker.id), 1)
          """
        ),
        (
          "a registration of another login",
          "INSERT INTO workers (host, pid, engine, version, threads, login) VALUES ('h', 1, 'e', '1', 1, 'x')"
        ),
      ]
      for (what, sql) in taken {
        #expect(try await roles.tries(.worker2, sql) == .denied, "\(what)")
      }
      // Rows of others cannot be seen by a change.
      let hidden: [(String, SQL)] = [
        ("a lease", "UPDATE jobs SET lease_expires_at = now() WHERE state = 'running'"),
        ("a job", "UPDATE jobs SET worker_id = 1, token = token + 1 WHERE state = 'running'"),
        ("a registration", "UPDATE workers SET note = 'x'"), ("a fresh event", "DELETE FROM events"),
        ("a fresh attempt", "DELETE FROM attempts"), ("an open attempt", "UPDATE attempts SET error = 'x'"),
      ]
      for (what, sql) in hidden {
        #expect(try await roles.tries(.worker2, sql) == .changed(0), "\(what)")
      }
      // The login that holds the job goes on with it.
      let own: SQL = "UPDATE jobs SET lease_expires_at = now() + interval '1 min' WHERE state = 'running'"
      #expect(try await roles.tries(.worker1, own) == .changed(1))
    }
  }

  @Test func aProducerSteersItsOwnBatchesAlone() async throws {
    try await RoleFixture.with { roles in
      let batch = try await roles.farm.enqueue(count: 4)
      try await roles.farm.run("UPDATE batches SET login = \(roles.name(.anna))")
      let changes: [(String, SQL)] = [
        ("priority", "UPDATE batches SET priority = 5 WHERE id = \(batch)"),
        ("pause", "UPDATE batches SET state = 'paused' WHERE id = \(batch)"),
        ("cancellation", "UPDATE jobs SET state = 'cancelled' WHERE batch_id = \(batch) AND first_index = 0"),
        ("deletion", "DELETE FROM batches WHERE id = \(batch)"),
      ]
      for (what, sql) in changes {
        #expect(try await roles.tries(.anna, sql) == .changed(1), "\(what)")
        #expect(try await roles.tries(.bert, sql) == .changed(0), "\(what)")
        #expect(try await roles.tries(.admin, sql) == .changed(1), "\(what)")
        #expect(try await roles.tries(.reader, sql) == .denied, "\(what)")
      }
      let denied: [(String, SQL)] = [
        ("specification", "UPDATE batches SET spec = '{}' WHERE id = \(batch)"),
        ("token", "UPDATE jobs SET token = 9 WHERE batch_id = \(batch)"), ("images", "DELETE FROM images"),
        ("model", "UPDATE models SET folder = '/'"), ("worker", "UPDATE workers SET note = 'x'"),
      ]
      for (what, sql) in denied { #expect(try await roles.tries(.anna, sql) == .denied, "\(what)") }
      let job: SQL = "INSERT INTO jobs (batch_id, cell, first_index, count) VALUES (\(batch), 0, 5000, 1)"
      #expect(try await roles.tries(.bert, job) == .denied)
      let event: SQL = "INSERT INTO events (level, kind, batch_id) VALUES ('info', 'batch.paused', \(batch))"
      #expect(try await roles.tries(.bert, event) == .denied)
      #expect(try await roles.tries(.anna, event) == .changed(1))
    }
  }

  @Test func rolesAreMadeAgainAndTakenBack() async throws {
    try await RoleFixture.with { roles in
      let (farm, names) = (roles.farm, roles.names)
      // What was granted by hand, and what a migration added, is put right.
      try await farm.run("GRANT DELETE ON images TO \(identifier: names.name(.worker))")
      try await farm.run("REVOKE SELECT ON batches FROM \(identifier: names.name(.reader))")
      #expect(try await roles.tries(.reader, "SELECT FROM batches") == .denied)
      try await roles.setUp()
      #expect(try await roles.tries(.worker1, "DELETE FROM images") == .denied)
      #expect(try await roles.tries(.reader, "SELECT FROM batches") != .denied)
      let plan = try await farm.database.setUpRoles(names, dryRun: true) { _ in }
      #expect(plan.script.contains("GRANT SELECT ON TABLE \"batches\" TO \"\(names.name(.reader))\";\n"))

      // A member of the owner role migrates, and what it makes belongs to that role.
      let later = Migration(
        version: FarmDatabase.migrations.count + 1, name: "later", up: "CREATE TABLE later (n integer)",
        down: "DROP TABLE later", checksum: "later")
      let runner = try MigrationRunner(migrations: FarmDatabase.migrations + [later])
      try await roles.session(.owner) { connection in _ = try await runner.up(connection) }
      let owner = try await farm.run("SELECT tableowner::text FROM pg_tables WHERE tablename = 'later'").only().string(
        0)
      #expect(owner == names.name(.owner))
      let refused = await #expect(throws: PostgresError.self) {
        try await roles.session(.admin) { connection in _ = try await runner.down(connection, to: later.version - 1) }
      }
      #expect(refused?.sqlState == .insufficientPrivilege)
      #expect(refused?.hint?.contains("emofarm db roles") == true, "\(String(describing: refused))")
      try await roles.session(.owner) { _ = try await runner.down($0, to: later.version - 1) }

      let back = try await farm.database.setUpRoles(names, revoke: true) { _ in }
      #expect(!back.statements.isEmpty && back.notes.isEmpty, "\(back.notes)")
      #expect(try await roles.tries(.admin, "SELECT FROM batches") == .denied)
      #expect(try await farm.count("pg_policies WHERE schemaname = current_schema()") == 0)
      #expect(try await farm.count("pg_roles WHERE starts_with(rolname, \(names.prefix)) AND NOT rolcanlogin") == 0)
      // And nothing of it stays in the way.
      try await roles.setUp()
    }
  }

  @Test(arguments: ["", "pg_x", "a b", "x\"y", String(repeating: "n", count: 60)])
  func aPrefixThatCannotBeginANameIsRefused(prefix: String) {
    let error = #expect(throws: FarmError.self) { try RoleNames(prefix: prefix) }
    #expect(error?.code == .badSettings)
  }
}
