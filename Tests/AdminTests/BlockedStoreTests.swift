import Admin
import EmoGen
import Farm
import Files
import Foundation
import Postgres
import Specifications
import Synchronization
import TestSupport
import Testing
import Vocabulary

/// A volume that does not respond blocks only its readers, and nothing else in the process.
@Suite struct BlockedStoreTests {
  /// More readers than Swift's pool has threads are held while they read a file; the test itself continues in that pool.
  @Test(.timeLimit(.minutes(10))) func readersOfAStoreThatDoesNotAnswerStopNoOtherTask() async throws {
    try await withTestDatabase(migrations: FarmDatabase.migrations) { configuration in
      try await TestFolder.with { home in
        let database = FarmDatabase(pool: PostgresPool(configuration))
        let store = ArtifactStore(
          home: home, gates: DebugGates(environment: [DebugGates.variable: home]))
        let digest = String(repeating: "ab", count: 32)
        let batch = try await Self.publish(digest, in: database)
        let (gate, opened) = ("\(home)/read-\(digest)", "\(home)/opened")
        #expect(mkfifo(gate, 0o600) == 0)

        let readers = 4 * ProcessInfo.processInfo.activeProcessorCount + 4
        let pictures = BatchPictures(images: database.images, store: store)
        try await withThrowingTaskGroup(of: Bool.self) { group in
          for _ in 0..<readers {
            group.addTask {
              // Once the gate is open, the file turns out to be missing.
              do {
                try await pictures.forEach(of: batch) { _, _, _ in }
                return false
              } catch {
                return true
              }
            }
          }
          // Opening the gate for writing succeeds only while a reader is held; it frees all that are.
          func free(_ path: String) -> Bool {
            let writer = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
            guard writer >= 0 else { return false }
            if path == gate { rename(gate, opened) }
            close(writer)
            return true
          }
          try await eventually("a reader is held", within: .seconds(300)) { free(gate) }
          let ended = Atomic(false)
          async let latecomers: Void = {
            // A reader may have found the gate just before it was renamed.
            while !ended.load(ordering: .acquiring) {
              _ = free(opened)
              try await Task.sleep(for: .milliseconds(10))
            }
          }()
          #expect(try await group.reduce(0) { $0 + ($1 ? 1 : 0) } == readers)
          ended.store(true, ordering: .releasing)
          try await latecomers
        }
        await database.close()
      }
    }
  }

  /// Makes the row of a batch's one image.
  private static func publish(_ digest: String, in database: FarmDatabase) async throws -> Int64 {
    let model = try await database.models.register(
      try ModelFolder(SourceTree.tinyModel).describe().named("tiny"))
    let spec = BatchSpec(
      name: "test", model: model.name, seed: 1, chunk: 1, maxAttempts: 1,
      cells: [CellSpec(emotions: [EmotionSpec(.awe)], count: 1)])
    let batch = try await database.batches.enqueue(
      try spec.plan(defaults: model.defaults, multiple: model.multiple), model: model
    ).id
    let worker = try await database.workers.register(host: "test", pid: 1, engine: "test", version: "0", threads: 1)
    guard case .images(let job) = try await database.jobs.claim(worker: worker, lease: .seconds(60)).first else {
      throw NotObserved(description: "no job was claimed")
    }
    let image = NewImage(
      index: 0, seed: job.seed(of: 0), specSHA256: job.specSHA256, modelDigest: job.model.digest, sha256: digest,
      rgbSHA256: digest, bytes: 1, actualSteps: 1, engine: "test", seconds: 1)
    #expect(try await database.jobs.publish(job.handle, image, lease: .seconds(60)) == .published)
    return batch
  }
}
