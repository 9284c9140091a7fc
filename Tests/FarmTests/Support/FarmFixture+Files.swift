import Farm
import Imaging
import Provenance
import Vocabulary

extension FarmFixture {
  /// A file as a worker would write it, or one whose provenance has a wrong seed.
  static func file(_ job: ClaimedJob, _ index: Int, lies: Bool = false) throws -> (image: RGBImage, png: [UInt8]) {
    let (width, height) = (job.settings.width, job.settings.height)
    let image = RGBImage(width: width, height: height, filledWith: RGBColor(UInt8(index % 256), 0, 0))
    let record = ProvenanceRecord(
      generator: .init(version: "0"),
      spec: .init(subject: job.subject, settings: job.settings, seed: job.seed(of: index) + (lies ? 1 : 0)),
      emotionVector: [[0.5]], sampler: job.settings.sampler, actualSteps: job.settings.steps,
      networkCalls: job.settings.steps, model: .init(name: job.model.name, digest: job.model.digest, files: []),
      engineKind: engine, width: width, height: height, rgbSHA256: image.sha256)
    return (image, try PNGProvenance.encode(image, record))
  }

  /// Stores and publishes the missing images of a job.
  ///
  /// - Parameter lie: the index whose provenance has a wrong seed.
  func publishFiles(_ job: ClaimedJob, in store: ArtifactStore, lie: Int? = nil) async throws -> [Artifact] {
    var files: [Artifact] = []
    for index in job.missing {
      let made = try Self.file(job, index, lies: index == lie)
      let stored = try store.put(made.png)
      files.append(stored)
      let image = NewImage(
        index: index, seed: job.seed(of: index), specSHA256: job.specSHA256, modelDigest: job.model.digest,
        sha256: stored.sha256, rgbSHA256: made.image.sha256, bytes: stored.bytes, actualSteps: job.settings.steps,
        engine: Self.engine, seconds: 1, measurement: Self.measurement(job, index),
        trial: job.trial(of: index))
      guard try await jobs.publish(job.handle, image, lease: Self.lease) == .published else {
        throw NotPublished(index: index)
      }
    }
    return files
  }

  struct NotPublished: Error {
    let index: Int
  }
}
