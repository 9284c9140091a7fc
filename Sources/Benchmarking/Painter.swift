package import Farm
import Files
import Imaging
import Provenance
import Synchronization
import Vocabulary

/// Publishes images of one colour each for the jobs that are ready, as workers would publish rendered ones: files with
/// provenance in the store, rows in the database.
package struct Painter: Sendable {
  private static let engine = "painted/fp32"
  private let database: FarmDatabase
  private let store: ArtifactStore
  private let atOnce: Int

  /// - Parameter atOnce: jobs that are worked on at the same time.
  package init(_ database: FarmDatabase, _ store: ArtifactStore, atOnce: Int) {
    self.database = database
    self.store = store
    self.atOnce = atOnce
  }

  /// - Parameter onImages: called with the number of images published so far.
  package func run(onImages: @escaping @Sendable (Int) -> Void) async throws {
    let worker = try await database.workers.register(
      host: "painter", pid: 1, engine: Self.engine, version: Program.version, threads: 1)
    let done = Counter()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<atOnce {
        group.addTask { [self] in
          while case .images(let job)? = try await database.jobs.claim(worker: worker, lease: .seconds(600), limit: 1)
            .first
          {
            for index in job.missing { try await paint(job, index) }
            _ = try await database.jobs.complete(job.handle)
            onImages(done.add(job.missing.count))
          }
        }
      }
      try await group.waitForAll()
    }
  }

  private func paint(_ job: ClaimedJob, _ index: Int) async throws {
    let color = RGBColor(UInt8(index & 0xFF), UInt8(index >> 8 & 0xFF), UInt8(index >> 16 & 0xFF))
    let image = RGBImage(width: job.settings.width, height: job.settings.height, filledWith: color)
    let record = ProvenanceRecord(
      generator: .current, spec: .init(subject: job.subject, settings: job.settings, seed: job.seed(of: index)),
      emotionVector: [[0.5]], sampler: job.settings.sampler, actualSteps: job.settings.steps,
      networkCalls: job.settings.steps, model: .init(name: job.model.name, digest: job.model.digest, files: []),
      engineKind: Self.engine, width: image.width, height: image.height, rgbSHA256: image.sha256)
    let bytes = try PNGProvenance.encode(image, record)
    let file = try await BlockingExecutor.run { [store] in try store.put(bytes) }
    _ = try await database.jobs.publish(
      job.handle,
      NewImage(
        index: index, seed: job.seed(of: index), specSHA256: job.specSHA256, modelDigest: job.model.digest,
        sha256: file.sha256, rgbSHA256: image.sha256, bytes: file.bytes, actualSteps: job.settings.steps,
        engine: Self.engine, seconds: 1), lease: .seconds(600))
  }
}

private final class Counter: Sendable {
  private let value = Mutex(0)

  func add(_ count: Int) -> Int {
    value.withLock {
      $0 += count
      return $0
    }
  }
}
