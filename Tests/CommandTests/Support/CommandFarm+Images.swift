import Farm
import Foundation
import Imaging
import Postgres
import Provenance
import TestSupport
import Vocabulary

extension CommandFarm {
  /// Enqueues a batch and publishes painted images as a worker would publish rendered ones.
  func painted(images: Int, seed: UInt64 = 0) async throws {
    let enqueued = try await self(
      "enqueue", "--emotion", "awe", "--count", "\(images)", "--seed", "\(seed)", "--size", "8x8", "--chunk", "64")
    guard enqueued.status == 0 else { throw NotObserved(description: enqueued.error) }
    try await paint(blue: seed)
  }

  /// Publishes painted images for the jobs that are ready, as a worker would publish rendered ones.
  ///
  /// - Parameters:
  ///   - blue: tells batches apart by their pixels.
  ///   - jobs: at most.
  func paint(blue: UInt64 = 0, jobs: Int = .max) async throws {
    let database = FarmDatabase(pool: PostgresPool(configuration))
    let store = ArtifactStore(home: home)
    let engine = "painted/fp32"
    let worker = try await database.workers.register(host: "test", pid: 1, engine: engine, version: "0", threads: 1)
    var done = 0
    while done < jobs,
      case .images(let job)? = try await database.jobs.claim(worker: worker, lease: .seconds(600), limit: 1).first
    {
      done += 1
      for index in job.missing {
        let color = RGBColor(UInt8(index % 256), UInt8(index / 256 % 256), UInt8(blue % 256))
        let image = RGBImage(width: job.settings.width, height: job.settings.height, filledWith: color)
        let record = ProvenanceRecord(
          generator: .init(version: "0"),
          spec: .init(subject: job.subject, settings: job.settings, seed: job.seed(of: index)), emotionVector: [[0.5]],
          sampler: job.settings.sampler, actualSteps: job.settings.steps, networkCalls: job.settings.steps,
          model: .init(name: job.model.name, digest: job.model.digest, files: []), engineKind: engine,
          width: image.width, height: image.height, rgbSHA256: image.sha256)
        let file = try store.put(PNGProvenance.encode(image, record))
        _ = try await database.jobs.publish(
          job.handle,
          NewImage(
            index: index, seed: job.seed(of: index), specSHA256: job.specSHA256, modelDigest: job.model.digest,
            sha256: file.sha256, rgbSHA256: image.sha256, bytes: file.bytes, actualSteps: job.settings.steps,
            engine: engine, seconds: 1, trial: job.trial(of: index)), lease: .seconds(600))
      }
      _ = try await database.jobs.complete(job.handle)
    }
    await database.close()
  }
}

/// Every file below a folder by its relative path; empty if there is no folder.
func contents(below folder: String) -> [String: Data] {
  var contents: [String: Data] = [:]
  for path in FileManager.default.enumerator(atPath: folder)?.allObjects as? [String] ?? [] {
    contents[path] = FileManager.default.contents(atPath: "\(folder)/\(path)")
  }
  return contents
}
