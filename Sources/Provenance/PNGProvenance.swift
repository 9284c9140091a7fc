import Crypto
import Files
import Foundation
package import Imaging

/// Writes, reads and verifies provenance in PNG files.
package enum PNGProvenance {
  /// The keyword of the text chunk that holds the record.
  package static let keyword = "emofarm"

  /// The PNG of `image` with its record: the same image and record give the same bytes.
  ///
  /// - Throws: `ProvenanceError` if the record belongs to another image, `PNGError` if the file cannot be encoded.
  package static func encode(_ image: RGBImage, _ record: ProvenanceRecord) throws -> [UInt8] {
    try check(image, against: record, named: "image to be written")
    return try PNG.encode(image, texts: try record.texts())
  }

  /// The record of a PNG; checks the chunks' checksums, but does not decompress the pixels.
  ///
  /// - Throws: `PNGError` if the file is damaged, `ProvenanceError` if it has no record or one that cannot be read.
  package static func read(_ bytes: [UInt8], named name: String) throws -> ProvenanceRecord {
    try record(in: PNG.texts(bytes, named: name), named: name)
  }

  /// The record of a PNG from the beginning of the file, where ``encode(_:_:)`` puts it; nil if it is not complete there.
  ///
  /// - Throws: as ``read(_:named:)``.
  package static func read(beginning: [UInt8], named name: String) throws -> ProvenanceRecord? {
    try PNG.texts(beforePixelsOf: beginning, named: name).map { try record(in: $0, named: name) }
  }

  /// What the record of a PNG claims, from the beginning of the file, where ``encode(_:_:)`` puts it.
  ///
  /// Cheaper and less strict than ``read(_:named:)``.
  /// - Returns: nil if there is no record, if it is not complete there, or if it cannot be read.
  package static func claims(beginning: [UInt8]) -> ProvenanceClaims? {
    let texts = try? PNG.texts(beforePixelsOf: beginning, named: "its file")
    guard let record = texts?.filter({ $0.keyword == keyword }), record.count == 1 else { return nil }
    return try? JSONDecoder().decode(ProvenanceClaims.self, from: Data(record[0].text.utf8))
  }

  /// The image and the record of a PNG, after checking chunks and pixels and comparing the image with the record.
  ///
  /// - Throws: `PNGError` or `ProvenanceError`, which says what differs.
  package static func decode(
    _ bytes: [UInt8], named name: String
  ) throws -> (image: RGBImage, record: ProvenanceRecord) {
    let file = try PNG.decode(bytes, named: name)
    let record = try record(in: file.texts, named: name)
    try check(file.image, against: record, named: name)
    return (file.image, record)
  }

  /// The record of a PNG, after the same checks and with the same errors as ``decode(_:named:)``.
  package static func verify(_ bytes: [UInt8], named name: String) throws -> ProvenanceRecord {
    try decode(bytes, named: name).record
  }

  static func record(in texts: [PNGText], named name: String) throws -> ProvenanceRecord {
    let found = texts.filter { $0.keyword == keyword }
    guard let text = found.first else {
      throw ProvenanceError(
        .missing, file: name,
        "the PNG carries no EmoFarm provenance (no '\(keyword)' text): EmoFarm did not make it, or another program "
          + "saved it again and dropped the text"
      )
    }
    guard found.count == 1 else {
      throw ProvenanceError(.malformed, file: name, "the PNG carries \(found.count) provenance records instead of one")
    }
    return try ProvenanceRecord(json: text.text.utf8, named: name)
  }

  private static func check(_ image: RGBImage, against record: ProvenanceRecord, named name: String) throws {
    guard image.width == record.width, image.height == record.height else {
      throw ProvenanceError(
        .mismatch, file: name,
        "the image has \(image.width)×\(image.height) pixels, but its provenance says \(record.width)×\(record.height)"
      )
    }
    let digest = image.sha256
    guard digest == record.rgbSHA256 else {
      throw ProvenanceError(
        .mismatch, file: name,
        "the pixels are not those that were rendered: their SHA-256 is \(digest), not \(record.rgbSHA256) as recorded"
      )
    }
  }
}

extension RGBImage {
  /// SHA-256 of the pixels as `RGBRGB…`, lower-case hexadecimal: the value of a record's `rgb_sha256`.
  package var sha256: String { Hex.encode(SHA256.hash(data: pixels)) }
}
