import Files
package import Imaging
package import Provenance
import Vocabulary

/// The file of an accepted image, verified against its row and batch.
///
/// All code that reads images of a batch uses this type, so that no other image can be mistaken for one of the batch.
package struct StoredImage: Sendable {
  package let row: ImageRow
  /// The PNG.
  package let bytes: [UInt8]
  package let record: ProvenanceRecord

  /// Reads the file of a row without decompressing its pixels.
  ///
  /// - Throws: ``FarmError``: `artifactMissing`, `artifactDamaged` if size or digest differ from the row,
  ///   `artifactUntrue` if the file's provenance contradicts the row or its batch.
  package init(_ row: ImageRow, in store: ArtifactStore) throws {
    self = try Self.read(row, in: store) { try PNGProvenance.read($0, named: $1) }
  }

  /// Reads and decodes the file of a row, and also compares its pixels with its provenance.
  ///
  /// - Throws: as ``init(_:in:)``.
  package static func decode(
    _ row: ImageRow, in store: ArtifactStore
  ) throws -> (image: RGBImage, stored: StoredImage) {
    var image: RGBImage?
    let stored = try read(row, in: store) { bytes, name in
      let decoded = try PNGProvenance.decode(bytes, named: name)
      image = decoded.image
      return decoded.record
    }
    guard let image else { throw untrue(row, store, "its pixels cannot be read") }
    return (image, stored)
  }

  /// Compares the provenance of a row's file with the row, and the file's size, without reading the pixels.
  ///
  /// Reads the first 16 KiB of the file, in which the record lies; longer records cost another read. A file that looks
  /// wrong there is read whole, to tell damage from an untrue image.
  /// - Throws: as ``init(_:in:)``; damage to the pixels is not found.
  package static func check(_ row: ImageRow, in store: ArtifactStore) throws {
    for limit in [1 << 14, 1 << 20] {
      let beginning = try store.beginning(of: row.sha256, size: row.bytes, atMost: limit)
      guard let claims = PNGProvenance.claims(beginning: beginning) else { continue }
      guard row.differences(from: claims).isEmpty else { break }
      return
    }
    _ = try StoredImage(row, in: store)
  }

  /// The provenance of a row's file, which is compared with the row; damage to the pixels is not found.
  ///
  /// Reads as ``check(_:in:)`` does.
  package static func record(_ row: ImageRow, in store: ArtifactStore) throws -> ProvenanceRecord {
    for limit in [1 << 14, 1 << 20] {
      let beginning = try store.beginning(of: row.sha256, size: row.bytes, atMost: limit)
      guard let record = try? PNGProvenance.read(beginning: beginning, named: "its file") else { continue }
      guard row.differences(from: ProvenanceClaims(record)).isEmpty else { break }
      return record
    }
    return try StoredImage(row, in: store).record
  }

  private init(row: ImageRow, bytes: [UInt8], record: ProvenanceRecord) {
    self.row = row
    self.bytes = bytes
    self.record = record
  }

  private static func read(
    _ row: ImageRow, in store: ArtifactStore, _ body: ([UInt8], String) throws -> ProvenanceRecord
  ) throws -> StoredImage {
    let bytes = try store.read(row.sha256)
    guard bytes.count == row.bytes else {
      throw FarmError(
        .artifactDamaged, "\(store.path(row.sha256)) has \(bytes.count) bytes, but \(row.bytes) were published")
    }
    let record: ProvenanceRecord
    do {
      record = try body(bytes, "its file")
    } catch {
      throw untrue(row, store, "\(error)")
    }
    let differences = row.differences(from: ProvenanceClaims(record))
    guard differences.isEmpty else {
      throw untrue(row, store, "its provenance has \(differences.joined(separator: ", "))")
    }
    return StoredImage(row: row, bytes: bytes, record: record)
  }

  private static func untrue(_ row: ImageRow, _ store: ArtifactStore, _ what: String) -> FarmError {
    FarmError(
      .artifactUntrue,
      "\(store.path(row.sha256)) is not the image that its row asks for (\(what)): restore the right file from a "
        + "backup, or render the batch again")
  }
}

extension ImageRow {
  /// The differences, in words, between a file's provenance and this row and its batch.
  package func differences(from record: ProvenanceClaims) -> [String] {
    var differences: [String] = []
    if record.spec.seed != seedAsked {
      differences.append("seed \(record.spec.seed) instead of \(seedAsked)")
    } else if record.spec.seed != seed {
      differences.append("seed \(record.spec.seed), which the row records as \(seed)")
    }
    if record.spec.subject != subject { differences.append("another subject") }
    if record.spec.settings != settings { differences.append("other settings") }
    if record.sampler != settings.sampler { differences.append("sampler \(record.sampler.rawValue)") }
    if (record.width, record.height) != (settings.width, settings.height) {
      differences.append("\(record.width)x\(record.height) pixels")
    }
    if record.latentsSHA256 != nil { differences.append("latents that were given instead of drawn") }
    if record.rgbSHA256 != rgbSHA256 { differences.append("other pixels") }
    if record.actualSteps != actualSteps { differences.append("\(record.actualSteps) steps") }
    if record.engineKind != engine { differences.append("engine \(record.engineKind)") }
    if record.modelDigest != modelDigest { differences.append("another model") }
    return differences
  }
}
