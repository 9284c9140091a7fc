package import Datasets
package import Farm
import Files
import Imaging
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
  /// - Parameters:
  ///   - isPartial: whether to leave images out whose files are missing, damaged or not theirs.
  ///   - onImage: called with the number of images read so far.
  /// - Returns: the images, and the faults of those that were left out.
  /// - Throws: `FarmError` for the first such image, unless they are left out.
  package func all(
    of batch: Int64, isPartial: Bool = false, onImage: (Int) throws -> Void
  ) async throws -> (images: [DatasetImage], leftOut: [FileFault]) {
    var result: [DatasetImage] = []
    var leftOut: [FileFault] = []
    var last = -1
    while true {
      let rows = try await images.page(batch, after: last, limit: 1000)
      guard let end = rows.last?.index else { return (result, leftOut) }
      // An export reads and compares the whole file when it copies it: over a network that is once enough, unless damaged
      // files are to be left out.
      let isBrief = store.width > 1 && !isPartial
      let measurements = try await images.measurements(batch, in: last + 1...end)
      try ReadAhead.forEach(rows, width: store.width) { [store] row in
        isBrief ? try StoredImage.record(row, in: store) : try StoredImage(row, in: store).record
      } _: { row, record in
        do {
          var image = Self.image(row, source: store.path(row.sha256), record: try record.get())
          image.measured = measurements[row.index].map { DatasetImage.Measured($0) }
          result.append(image)
        } catch let error as FarmError {
          guard isPartial, let fault = FileFault(row, error) else { throw error }
          leftOut.append(fault)
        }
        try onImage(result.count + leftOut.count)
      }
      last = end
    }
  }

  package static func image(_ row: ImageRow, source: String, record: ProvenanceRecord) -> DatasetImage {
    DatasetImage(
      source: source, bytes: row.bytes, sha256: row.sha256, index: row.index, subject: row.subject,
      negative: row.settings.negative, seed: row.seed, width: record.width,
      height: record.height, steps: record.actualSteps, sampler: record.sampler.rawValue,
      guidance: row.settings.guidance, shortcuts: record.spec.settings.shortcuts.words.joined(separator: ", "),
      extras: record.spec.settings.extras.joined(separator: ", "), model: record.model.name,
      modelDigest: record.model.digest, engineKind: record.engineKind,
      generator: "\(record.generator.name) \(record.generator.version)")
  }
}

extension DatasetImage.Measured {
  /// The numbers with the digits that tell them apart from others of 32 bits.
  init(_ measurement: ImageMeasurement) {
    self.init(
      emotions: measurement.emotions.map { Double("\($0)") ?? Double($0) },
      content: measurement.content.map { Double("\($0)") ?? Double($0) }, hash: measurement.hash.description)
  }
}
