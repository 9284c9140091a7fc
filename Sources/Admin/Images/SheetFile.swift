package import Datasets
import Files
package import Imaging
package import Provenance

/// A contact sheet as a file: in the format that its name says, with the source of its pictures and the mark of generated
/// ones.
package struct SheetFile {
  private enum Format: String {
    case png, jpeg, webp
  }

  /// The keyword of the text chunk that records the source of a PNG.
  private static let keyword = "emofarm-sheet"
  /// The property of XMP that records the source of the others.
  private static let property = "Sheet"
  /// Of sheets that are no PNGs.
  private static let quality = 92

  private let path: String
  private let format: Format

  /// - Throws: `InputError` as `OutputFile.check`, or if the name ends otherwise than with the suffix of a format.
  package init(_ path: String) throws {
    try OutputFile.check(path)
    self.path = path
    let name = path.lowercased()
    if name.hasSuffix(".png") {
      format = .png
    } else if name.hasSuffix(".jpg") || name.hasSuffix(".jpeg") {
      format = .jpeg
    } else if name.hasSuffix(".webp") {
      format = .webp
    } else {
      throw InputError("\(path): a sheet is written as its name says, which must end with .png, .jpg or .webp")
    }
  }

  /// Refuses a path whose file may not be replaced; see `OutputFile.check`.
  package func check(_ marker: ExportMarker) throws { try OutputFile.check(path, replacing: .sheet(marker)) }

  /// Writes the sheet, complete and durably, or not at all.
  ///
  /// - Throws: as `OutputFile.write`; the format's error if the sheet is too large for it.
  package func write(
    _ sheet: RGBImage, of marker: ExportMarker, source: ProvenanceRecord.Generator.Source = .trained
  ) throws {
    let generator = ProvenanceRecord.Generator.current
    let bytes: [UInt8]
    if format == .png {
      bytes = try PNG.encode(
        sheet,
        texts: [
          PNGText(keyword: Self.keyword, text: marker.line),
          PNGText(keyword: "XML:com.adobe.xmp", text: generator.xmp(source: source), kind: .international),
        ])
    } else {
      let picture =
        format == .jpeg
        ? try JPEG.encode(sheet, quality: Self.quality) : try WebP.encode(sheet, quality: Self.quality)
      let xmp = generator.xmp([(Self.property, marker.line)], source: source)
      bytes = try ImageMetadata(xmp: xmp).added(to: picture, named: path)
    }
    try OutputFile.write(bytes, to: path, replacing: .sheet(marker))
  }

  /// The source that a sheet's file names; nil if it is no sheet.
  static func marker(_ bytes: [UInt8], named name: String) -> ExportMarker? {
    let line =
      ImageProvenance.isConversion(bytes)
      ? (try? ImageMetadata.split(bytes, named: name))?.0.xmp.flatMap { XMPText.value(property, in: $0) }
      : (try? PNG.texts(bytes, named: name))?.first { $0.keyword == keyword }?.text
    return line.flatMap { try? ExportMarker(json: Array($0.utf8)) }
  }
}
