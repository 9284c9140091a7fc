package import Datasets
package import Farm
package import Provenance
import Vocabulary

/// The images of a batch as records of a dataset.
package struct BatchImages {
  private let images: ImageIndex
  private let store: ArtifactStore

  package init(images: ImageIndex, store: ArtifactStore) {
    self.images = images
    self.store = store
  }

  /// Every finished image, by index.
  ///
  /// The request comes from the database; the model and settings come from the file's provenance.
  /// - Parameter onImage: called with the number of images read so far.
  /// - Throws: `FarmError` if a file is missing, damaged or not the image that its row asks for.
  package func all(of batch: Int64, onImage: (Int) throws -> Void) async throws -> [DatasetImage] {
    var result: [DatasetImage] = []
    while true {
      let rows = try await images.page(batch, after: result.last?.index ?? -1, limit: 1000)
      for row in rows {
        result.append(try image(row))
        try onImage(result.count)
      }
      if rows.isEmpty { return result }
    }
  }

  private func image(_ row: ImageRow) throws -> DatasetImage {
    let stored = try StoredImage(row, in: store)
    return Self.image(row, source: store.path(row.sha256), record: stored.record)
  }

  package static func image(_ row: ImageRow, source: String, record: ProvenanceRecord) -> DatasetImage {
    var (spec, prompt) = ("", "")
    var text: String?
    switch row.subject {
    case .emotion(let emotion, let words): (spec, prompt) = (emotion.description, words)
    case .text(let words): text = words
    }
    return DatasetImage(
      source: source, bytes: row.bytes, sha256: row.sha256, index: row.index, emotion: row.emotion, emotionSpec: spec,
      prompt: prompt, text: text, negative: row.settings.negative, seed: row.seed, width: record.width,
      height: record.height, steps: record.actualSteps, sampler: record.sampler.rawValue,
      guidance: row.settings.guidance, shortcuts: record.spec.settings.shortcuts.words.joined(separator: ", "),
      extras: record.spec.settings.extras.joined(separator: ", "), model: record.model.name,
      modelDigest: record.model.digest, engineKind: record.engineKind,
      generator: "\(record.generator.name) \(record.generator.version)")
  }
}
