import Farm
import Files
import Foundation
import Postgres
import Provenance
import TestSupport
import Testing
import Vocabulary
import Worker

/// A database that is restored to an older backup under running workers.
extension DaemonTests {
  @Suite struct Restored {
    /// Copies the files of a stopped cluster, with their owners.
    private static func copy(_ source: String, to target: String) async throws {
      try await BlockingExecutor.run {
        let (ending, _) = try ChildProcess.run("/bin/cp", ["-a", source, target], environment: [:])
        guard ending == .exited(0) else { throw NotObserved(description: "cp \(source) failed") }
      }
    }

    /// The connections of the pool break when the server stops.
    private static func persist<T: Sendable>(_ body: () async throws -> T) async throws -> T {
      try await eventually("the server answers") { try? await body() }
    }

    /// The restored database gives batch, job, worker and token their numbers once more. The sleeper's image of Anna's
    /// awe must not become one of Bert's fear, although both batches have the same seed.
    @Test(.timeLimit(.minutes(10))) func aWorkerThatSleptThroughARestoreIsRefused() async throws {
      try await TestFarm.withCluster { farm, cluster in
        let backup = "\(farm.home)/backup"
        try await cluster.stop(.fast)
        try await Self.copy(cluster.dataFolder, to: backup)
        try await cluster.start()

        let anna = try await Self.persist { try await farm.enqueue(8, chunk: 8) }
        let inSleep = try farm.gate(.rendered(image: 2))
        let sleeper = try farm.daemon("sleeper", lease: 60)
        try await sleeper.comes(to: inSleep)
        try await farm.publishes(2, of: anna, sleeper)
        sleeper.send(SIGSTOP)

        try await cluster.stop(.immediate)
        try FileManager.default.removeItem(atPath: cluster.dataFolder)
        try await Self.copy(backup, to: cluster.dataFolder)
        try await cluster.start()
        let bert = try await Self.persist { try await farm.enqueue(8, chunk: 8, emotion: EmotionSpec(.fear)) }
        #expect(bert == anna)
        let inWork = try farm.gate(.rendered(image: 3))
        let heir = try farm.daemon("heir", lease: 60)
        try await heir.comes(to: inWork)
        try await farm.publishes(3, of: bert, heir)

        sleeper.send(SIGCONT)
        inSleep.open()
        try await sleeper.logs("another worker holds the job", or: "dropping the work")
        // The sleeper learns that its registration is another worker's, and registers again.
        try await sleeper.logs("registered again")
        #expect(try await farm.database.images.page(bert).map(\.index) == [0, 1, 2])
        inWork.open()
        #expect(try await farm.finishes(bert, sleeper, heir).state == .done)
        let rows = try await farm.database.images.page(bert)
        #expect(rows.count == 8 && rows.allSatisfy { $0.token == 1 && $0.worker == rows[0].worker })
        #expect(try await Audit(database: farm.database, store: farm.store).run(deep: true) == [])
        for row in rows {
          #expect(try StoredImage(row, in: farm.store).record.spec.subject == .emotion(EmotionSpec(.fear), prompt: ""))
        }
        for daemon in [sleeper, heir] {
          daemon.send(SIGTERM)
          #expect(try await daemon.end() == .exited(0))
        }
      }
    }
  }
}
