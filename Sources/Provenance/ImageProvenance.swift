import Files
import Imaging

/// Reads provenance from the files that it is written to: PNGs as they were rendered, and their conversions.
package enum ImageProvenance {
  package struct Found: Sendable {
    package let record: ProvenanceRecord
    /// How the file was made from the rendered PNG; nil if it is that PNG.
    package let converted: ConvertedImage?
    /// The names of the texts that the file carries.
    package let texts: [String]
  }

  /// Whether a name is that of a file which may carry provenance.
  package static func canRead(_ name: String) -> Bool {
    [".png", ".jpg", ".jpeg", ".webp"].contains { name.lowercased().hasSuffix($0) }
  }

  /// The record of a file; its pixels are not looked at.
  ///
  /// - Throws: the format's error if the file is damaged, `ProvenanceError` if it has no record or one that cannot be read.
  package static func read(_ bytes: [UInt8], named name: String) throws -> Found {
    guard isConversion(bytes) else {
      let texts = try PNG.texts(bytes, named: name)
      return Found(
        record: try PNGProvenance.record(in: texts, named: name), converted: nil, texts: texts.map(\.keyword))
    }
    return found(try ConvertedImage(bytes, named: name), bytes, named: name)
  }

  /// The record of a file, after checking its picture.
  ///
  /// - Throws: as ``read(_:named:)``; `ProvenanceError` if the picture is not the recorded one.
  package static func verify(_ bytes: [UInt8], named name: String) throws -> Found {
    guard isConversion(bytes) else {
      let (_, record) = try PNGProvenance.decode(bytes, named: name)
      return Found(record: record, converted: nil, texts: [])
    }
    return found(try ConvertedImage.verify(bytes, named: name), bytes, named: name)
  }

  /// Whether a file is of a format that conversions have.
  package static func isConversion(_ bytes: [UInt8]) -> Bool { JPEG.isJPEG(bytes) || WebP.isWebP(bytes) }

  private static func found(_ image: ConvertedImage, _ bytes: [UInt8], named name: String) -> Found {
    let metadata = try? ImageMetadata.split(bytes, named: name).0
    let texts = (metadata?.exif == nil ? [] : ["Exif"]) + (metadata?.xmp == nil ? [] : ["XMP"])
    return Found(record: image.record, converted: image, texts: texts)
  }
}
