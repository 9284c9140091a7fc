import Crypto
import EmoGen
import Engine
import Files
import Foundation
import Provenance
import TestSupport
import Vocabulary

/// The images of every batch in these tests, rendered in this process without disturbance.
enum Undisturbed {
  static let model = "tiny"
  static let seed: UInt64 = 4711
  static let steps = 4
  static let count = 24
  static let emotion = EmotionSpec(.awe)

  /// The digests of the files by batch index.
  static func files() async throws -> [String] { try await rendered.value.map(\.sha256) }

  struct File: Sendable {
    let sha256: String
    let bytes: [UInt8]
  }

  private static let rendered = Task.detached { try render(count: count, from: 0, threads: 2) }

  /// Renders images of the batch from an index on, in one request.
  static func render(count: Int, from first: Int, threads: Int) throws -> [File] {
    let compute = try Compute(threads: threads)
    let pipeline = try EmoGenPipeline.load(ModelFolder(SourceTree.tinyModel), on: compute)
    var settings = pipeline.model.defaults
    settings.steps = steps
    let request = RenderRequest(
      subject: .emotion(emotion, prompt: ""), settings: settings,
      seeds: (first..<first + count).map { ImageSeed.of($0, startingAt: seed) })
    var files: [File] = []
    try pipeline.render(request, onProgress: { _ in }) { image in
      let record = ProvenanceRecord(
        of: image, request: request, model: pipeline.model, name: model)
      let bytes = try PNGProvenance.encode(image.image, record)
      files.append(File(sha256: Hex.encode(SHA256.hash(data: bytes)), bytes: bytes))
    }
    return files
  }
}
