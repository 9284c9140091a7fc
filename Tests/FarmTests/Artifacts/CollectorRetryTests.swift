import Farm
import Foundation
import Postgres
import TestSupport
import Testing

/// Transactions of the collector that have to be repeated.
@Suite struct CollectorRetryTests {
  private static let grace: Duration = .seconds(3600)

  /// The contents of two files that the store keeps in one folder; the files of a folder share a transaction.
  private static let contents = ["file 2", "file 188"]

  /// Two stored files that no row names, with old marks and old times.
  private static func with(
    _ body: @Sendable (FarmFixture, ArtifactStore, [Artifact], ArtifactCollector) async throws -> Void
  ) async throws {
    try await FarmFixture.with { farm in
      try await TestFolder.with { folder in
        let store = ArtifactStore(home: folder)
        let collector = ArtifactCollector(database: farm.database, store: store, grace: grace)
        let files = try contents.map { try store.put(Array($0.utf8)) }
        #expect(try await collector.run().images.waiting == 2)
        try await farm.run("UPDATE artifact_marks SET marked_at = now() - interval '2 hours'")
        for file in files { try age(file) }
        try await body(farm, store, files, collector)
      }
    }
  }

  private static func age(_ file: Artifact) throws {
    try FileManager.default.setAttributes(
      [.modificationDate: Date().addingTimeInterval(-7200)], ofItemAtPath: file.path)
  }

  /// Makes the first statement of a kind on the marks wait for ``release(_:)`` and then fail with a serialization
  /// failure; later ones succeed. A sequence counts the statements, because it is not rolled back.
  private static func failOnce(_ farm: FarmFixture, _ statement: String) async throws {
    try await farm.run("CREATE SEQUENCE tries")
    try await farm.run(
      """
      CREATE FUNCTION fail_once() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF nextval('tries') = 1 THEN
          PERFORM pg_advisory_xact_lock(4711);
          RAISE EXCEPTION 'could not serialize access' USING ERRCODE = '40001';
        END IF;
        RETURN NULL;
      END $$
      """)
    try await farm.run(
      """
      CREATE TRIGGER fail_once BEFORE \(unsafeRaw: statement) ON artifact_marks
      FOR EACH STATEMENT EXECUTE FUNCTION fail_once()
      """)
  }

  /// Runs the collector, and runs `meanwhile` while the collector's transaction waits in the trigger.
  private static func run(
    _ collector: ArtifactCollector, _ farm: FarmFixture, meanwhile: @Sendable () async throws -> Void = {}
  ) async throws -> CollectReport {
    try await farm.database.pool.withConnection { gate in
      try await gate.query("SELECT pg_advisory_lock(4711)")
      async let report = collector.run()
      try await eventually("the collector's transaction waits") {
        try await gate.query(
          """
          SELECT FROM pg_locks JOIN pg_database d ON d.oid = database
          WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted AND datname = current_database()
          """
        ).count > 0
      }
      try await meanwhile()
      try await gate.query("SELECT pg_advisory_unlock(4711)")
      return try await report
    }
  }

  @Test(arguments: ["INSERT", "DELETE"]) func aRetriedTransactionDeletesAndReportsEachFileOnce(
    statement: String
  ) async throws {
    try await Self.with { farm, store, files, collector in
      try await Self.failOnce(farm, statement)
      let report = try await Self.run(collector, farm)
      #expect((report.images.deleted, report.images.bytesFreed, report.images.waiting) == (2, 14, 0))
      #expect(try await farm.run("SELECT last_value FROM tries").only().int("last_value") > 1)
      #expect(try await farm.count("artifact_marks") == 0)
      #expect(try await farm.count("events WHERE kind = 'artifacts.deleted'") == 1)
      for file in files { #expect(!FileManager.default.fileExists(atPath: file.path)) }
    }
  }

  @Test(arguments: ["INSERT", "DELETE"]) func aFilePublishedBetweenRetriesStays(statement: String) async throws {
    try await Self.with { farm, store, files, collector in
      try await farm.enqueue(count: 4)
      let job = try await farm.claimOne()
      try await Self.failOnce(farm, statement)
      let report = try await Self.run(collector, farm) {
        let image = FarmFixture.image(job, 0, file: files[0].sha256, bytes: files[0].bytes)
        let answer = try await farm.jobs.publish(job.handle, image, lease: FarmFixture.lease)
        #expect(answer == .published)
      }
      #expect((report.images.deleted, report.images.waiting) == (1, 1))
      #expect(try store.read(files[0].sha256) == Array(Self.contents[0].utf8))
      #expect(!FileManager.default.fileExists(atPath: files[1].path))
    }
  }

  @Test(arguments: ["INSERT", "DELETE"]) func aFileRenewedBetweenRetriesStays(statement: String) async throws {
    try await Self.with { farm, store, files, collector in
      try await Self.failOnce(farm, statement)
      _ = try await Self.run(collector, farm) { _ = try store.put(Array(Self.contents[0].utf8)) }
      #expect(try store.read(files[0].sha256) == Array(Self.contents[0].utf8))
      #expect(!FileManager.default.fileExists(atPath: files[1].path))
    }
  }

  @Test func filesArePutBackIfTheDatabaseKeepsTheirMarks() async throws {
    try await Self.with { farm, store, files, collector in
      try await farm.run("CREATE RULE broken AS ON DELETE TO artifact_marks DO INSTEAD SELECT 1 / 0")
      await #expect(throws: PostgresError.self) { try await collector.run() }
      for file in files { #expect(FileManager.default.fileExists(atPath: file.path)) }
    }
  }

  @Test func filesSetAsideByAnInterruptedCollectionArePutBack() async throws {
    try await Self.with { farm, store, files, collector in
      // The state that a collection leaves if it is killed after moving a file.
      let folder = (files[0].path as NSString).deletingLastPathComponent
      let aside = "\(folder)/.tmp-delete-5_\(files[0].sha256).png"
      try FileManager.default.moveItem(atPath: files[0].path, toPath: aside)
      try await farm.enqueue(count: 4)
      let job = try await farm.claimOne()
      let image = FarmFixture.image(job, 0, file: files[0].sha256, bytes: files[0].bytes)
      _ = try await farm.jobs.publish(job.handle, image, lease: FarmFixture.lease)
      let report = try await collector.run()
      #expect((report.images.kept, report.images.deleted, report.images.temporaryDeleted) == (1, 1, 0))
      #expect(try store.read(files[0].sha256) == Array(Self.contents[0].utf8))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["\(files[0].sha256).png"])
    }
  }
}
