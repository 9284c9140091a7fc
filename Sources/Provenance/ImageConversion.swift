import Crypto
import Files
import Imaging

/// A rendered PNG in another format, with what it said of itself.
///
/// Exif's `UserComment` has the parameters as web UIs read them. XMP has the mark of generated pictures, the record, the
/// digest of the PNG, and that of the picture without Exif and XMP, by which ``ConvertedImage`` finds changes.
package struct ImageConversion: Sendable, Equatable, CustomStringConvertible {
  package enum Format: String, CaseIterable, Sendable {
    case jpeg, webp

    /// Of files' names.
    package var suffix: String { self == .jpeg ? "jpg" : "webp" }

    package var name: String { self == .jpeg ? "JPEG" : "WebP" }
  }

  package let format: Format
  /// 1 (smallest) to 100.
  package let quality: Int

  /// - Precondition: `quality` is from 1 to 100.
  package init(_ format: Format, quality: Int) {
    precondition((1...100).contains(quality), "a quality of \(quality)")
    self.format = format
    self.quality = quality
  }

  /// `JPEG of quality 90`.
  package var description: String { "\(format.name) of quality \(quality)" }

  /// The file that a PNG with provenance becomes: the same PNG gives the same bytes with the same libraries.
  ///
  /// - Throws: `PNGError` or `ProvenanceError` if the PNG is damaged or not what its record says; `JPEGError` or
  ///   `WebPError` if the format does not hold it.
  package func convert(_ png: [UInt8], named name: String) throws -> [UInt8] {
    let (image, record) = try PNGProvenance.decode(png, named: name)
    let picture =
      switch format {
      case .jpeg: try JPEG.encode(image, quality: quality)
      case .webp: try WebP.encode(image, quality: quality)
      }
    return try metadata(of: record, png, picture).added(to: picture, named: name)
  }

  /// The result of converting a PNG, with the picture of a file that is it, possibly signed since; nil if the picture
  /// was changed.
  package func result(keptIn file: [UInt8], of png: [UInt8], named name: String) throws -> [UInt8]? {
    guard let (found, picture) = try? ImageMetadata.split(file, named: name),
      let known = found.xmp.flatMap({ XMPText.value(Self.picture, in: $0) }), known == Self.digest(picture)
    else { return nil }
    let record = try PNGProvenance.read(png, named: name)
    return try metadata(of: record, png, picture).added(to: picture, named: name)
  }

  private func metadata(of record: ProvenanceRecord, _ png: [UInt8], _ picture: [UInt8]) throws -> ImageMetadata {
    let generator = record.generator
    let xmp = generator.xmp(
      iptc: record.iptc,
      [
        (Self.conversion, description), (Self.source, Self.digest(png)), (Self.picture, Self.digest(picture)),
        (Self.record, String(decoding: try record.canonical, as: UTF8.self)),
      ])
    let exif = Exif(software: "\(generator.name) \(generator.version)", comment: record.parameters)
    return ImageMetadata(exif: exif.bytes, xmp: xmp)
  }

  static func digest(_ bytes: [UInt8]) -> String { Hex.encode(SHA256.hash(data: bytes)) }

  // Names of properties.
  static let conversion = "Conversion"
  static let source = "SourceSHA256"
  static let picture = "PictureSHA256"
  static let record = "Record"
}
