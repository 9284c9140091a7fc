package import Datasets
package import Farm
import Files
import Imaging
package import Provenance
import Vocabulary

/// The images of batches as records of a dataset.
package struct BatchImages {
  private let images: ImageIndex
  private let store: ArtifactStore

  package init(images: ImageIndex, store: ArtifactStore) {
    self.images = images
    self.store = store
  }

  /// The finished images of some batches, and what was not taken.
  package struct Found: Sendable {
    package var images: [DatasetImage] = []
    /// Why images were left out whose files are of no use.
    package var leftOut: [FileFault] = []
    /// Images for which the condition does not hold.
    package var passedOver = 0
  }

  /// The finished images of some batches, batch by batch and by index.
  ///
  /// The request comes from the database; the model and settings come from the beginning of the file, where its
  /// provenance is. An export compares the whole file when it copies it.
  /// - Parameters:
  ///   - condition: which images are wanted; files of others are not read.
  ///   - isPartial: whether to leave images out whose files are missing, damaged or not theirs, for which they are read
  ///     whole.
  ///   - onImage: called with the number of images read so far.
  /// - Throws: `FarmError` for the first such image, unless they are left out.
  package func all(
    of batches: [Int64], where condition: ImageCondition? = nil, isPartial: Bool = false, onImage: (Int) throws -> Void
  ) async throws -> Found {
    var found = Found()
    for batch in batches {
      var last = -1
      while true {
        let rows = try await images.page(batch, after: last, limit: 1000)
        guard let end = rows.last?.index else { break }
        let measurements = try await images.measurements(batch, in: last + 1...end)
        let wanted = rows.filter { row in
          condition?.matches(ImageFacts(row: row, measurement: measurements[row.index])) ?? true
        }
        found.passedOver += rows.count - wanted.count
        try ReadAhead.forEach(wanted, width: store.width) { [store] row in
          isPartial ? try StoredImage(row, in: store).record : try StoredImage.record(row, in: store)
        } _: { row, record in
          do {
            var image = Self.image(row, source: store.path(row.sha256), record: try record.get())
            image.measured = measurements[row.index].map { DatasetImage.Measured($0) }
            found.images.append(image)
          } catch let error as FarmError {
            guard isPartial, let fault = FileFault(row, error) else { throw error }
            found.leftOut.append(fault)
          }
          try onImage(found.images.count + found.leftOut.count)
        }
        last = end
      }
    }
    return found
  }

  package static func image(_ row: ImageRow, source: String, record: ProvenanceRecord) -> DatasetImage {
    DatasetImage(
      source: source, bytes: row.bytes, sha256: row.sha256, batch: Int(row.batch), index: row.index,
      subject: row.subject,
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
  package init(_ measurement: ImageMeasurement) {
    self.init(
      emotions: measurement.emotions.map { Double("\($0)") ?? Double($0) },
      content: measurement.content.map { Double("\($0)") ?? Double($0) }, attribute: measurement.attribute,
      hash: measurement.hash.description)
  }
}
