import Files
import Imaging

/// What a JPEG or WebP that ``ImageConversion`` made says of itself.
package struct ConvertedImage: Sendable {
  package let record: ProvenanceRecord
  /// The format and its quality, in words.
  package let conversion: String
  /// The SHA-256 of the PNG that it was made from.
  package let sourceSHA256: String

  /// Reads what a file says, without looking at its picture.
  ///
  /// - Throws: `ProvenanceError` if it carries no record or one that cannot be read; `JPEGError` or `WebPError` if it is
  ///   damaged.
  package init(_ bytes: [UInt8], named name: String) throws {
    try self.init(ImageMetadata.split(bytes, named: name).0, named: name)
  }

  private init(_ metadata: ImageMetadata, named name: String) throws {
    func value(_ property: String) throws -> String {
      guard let packet = metadata.xmp, let value = XMPText.value(property, in: packet) else {
        throw ProvenanceError(
          .missing, file: name,
          "the file carries no EmoFarm provenance (no 'emofarm:\(property)' in its XMP): EmoFarm did not make it, or "
            + "another program saved it again and dropped it")
      }
      return value
    }
    record = try ProvenanceRecord(json: value(ImageConversion.record).utf8, named: name)
    conversion = try value(ImageConversion.conversion)
    sourceSHA256 = try value(ImageConversion.source)
  }

  /// Reads and checks a file: its picture has the digest that was recorded when it was converted, can be decoded, and has
  /// the record's size.
  ///
  /// - Throws: as the initialiser; `ProvenanceError` (`mismatch`) if the picture was changed.
  package static func verify(_ bytes: [UInt8], named name: String) throws -> ConvertedImage {
    let (metadata, picture) = try ImageMetadata.split(bytes, named: name)
    let result = try ConvertedImage(metadata, named: name)
    let known = metadata.xmp.flatMap { XMPText.value(ImageConversion.picture, in: $0) } ?? ""
    let digest = ImageConversion.digest(picture)
    guard digest == known else {
      throw ProvenanceError(
        .mismatch, file: name,
        "the picture is not the one that was converted: its SHA-256 without metadata is \(digest), not \(known) as recorded"
      )
    }
    let image = try ImageFile.decode(bytes, named: name)
    guard (image.width, image.height) == (result.record.width, result.record.height) else {
      throw ProvenanceError(
        .mismatch, file: name,
        "the image has \(image.width)×\(image.height) pixels, but its provenance says "
          + "\(result.record.width)×\(result.record.height)")
    }
    return result
  }
}
