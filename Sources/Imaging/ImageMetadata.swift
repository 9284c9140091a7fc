import Files

/// What a JPEG or a WebP says about its picture: the raw Exif data and the XMP packet.
package struct ImageMetadata: Sendable, Equatable {
  /// A TIFF structure; nil if there is none.
  package var exif: [UInt8]?
  /// UTF-8; nil if there is none.
  package var xmp: String?

  package init(exif: [UInt8]? = nil, xmp: String? = nil) {
    self.exif = exif
    self.xmp = xmp
  }

  /// The metadata of a file, and the file without them.
  ///
  /// - Throws: `JPEGError` or `WebPError` if the file is neither or its parts do not fit together.
  package static func split(_ bytes: [UInt8], named name: String) throws -> (Self, picture: [UInt8]) {
    if WebP.isWebP(bytes) { return try WebP.split(bytes, named: name) }
    return try JPEG.split(bytes, named: name)
  }

  /// A picture's file with these metadata; it must have none.
  ///
  /// - Throws: `JPEGError` if they are too large for the format, or the file is damaged; `WebPError`.
  package func added(to picture: [UInt8], named name: String) throws -> [UInt8] {
    if WebP.isWebP(picture) { return try WebP.adding(self, to: picture, named: name) }
    return try JPEG.adding(self, to: picture, named: name)
  }
}

extension JPEG {
  private static let exifName = Array("Exif\0\0".utf8)
  private static let xmpName = Array("http://ns.adobe.com/xap/1.0/\0".utf8)

  /// Exif and XMP are segments APP1 before the image.
  fileprivate static func split(_ bytes: [UInt8], named name: String) throws -> (ImageMetadata, picture: [UInt8]) {
    var metadata = ImageMetadata()
    var picture = Array(bytes.prefix(2))
    let segments = try segments(bytes, named: name)
    for segment in segments {
      let data = bytes[segment].dropFirst(4)
      if bytes[segment.lowerBound + 1] == 0xE1 {
        if data.starts(with: exifName) { metadata.exif = metadata.exif ?? Array(data.dropFirst(exifName.count)) }
        if data.starts(with: xmpName) {
          metadata.xmp = metadata.xmp ?? String(validating: data.dropFirst(xmpName.count), as: UTF8.self)
        }
      } else if bytes[segment.lowerBound + 1] != 0xEB {
        // APP11 has signatures, which come last and belong to no picture.
        picture += bytes[segment]
      }
    }
    return (metadata, picture + bytes[(segments.last?.upperBound ?? 2)...])
  }

  /// Exif and XMP follow the segment APP0, as most programs write them.
  fileprivate static func adding(_ metadata: ImageMetadata, to picture: [UInt8], named name: String) throws -> [UInt8] {
    func segment(_ what: String, _ name: [UInt8], _ data: [UInt8]) throws -> [UInt8] {
      let length = 2 + name.count + data.count
      guard length <= 0xFFFF else {
        throw JPEGError(
          .unsupported, file: "JPEG to be written",
          "the \(what) data have \(data.count) bytes, and a JPEG holds \(0xFFFF - 2 - name.count) of them: choose WebP or PNG"
        )
      }
      return [0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 0xFF)] + name + data
    }
    let first = try segments(picture, named: name).first
    let place = first.map { picture[$0.lowerBound + 1] == 0xE0 ? $0.upperBound : 2 } ?? 2
    let exif = try metadata.exif.map { try segment("Exif", exifName, $0) } ?? []
    let xmp = try metadata.xmp.map { try segment("XMP", xmpName, Array($0.utf8)) } ?? []
    return picture[..<place] + exif + xmp + picture[place...]
  }

  /// The segments before the scan, with their markers.
  private static func segments(_ bytes: [UInt8], named name: String) throws -> [Range<Int>] {
    guard isJPEG(bytes) else {
      throw JPEGError(.notJPEG, file: name, offset: 0, "not a JPEG: it does not start with a JPEG marker")
    }
    var segments: [Range<Int>] = []
    var offset = 2
    while offset + 4 <= bytes.count, bytes[offset] == 0xFF, bytes[offset + 1] != 0xDA {
      // A byte that fills the space before a marker.
      if bytes[offset + 1] == 0xFF {
        offset += 1
        continue
      }
      let end = offset + 2 + Int(bytes[offset + 2]) << 8 + Int(bytes[offset + 3])
      guard end >= offset + 4, end <= bytes.count else { break }
      segments.append(offset..<end)
      offset = end
    }
    guard offset + 2 <= bytes.count, bytes[offset] == 0xFF, bytes[offset + 1] == 0xDA else {
      throw JPEGError(.damaged, file: name, offset: offset, "the file is damaged before its image")
    }
    return segments
  }
}

extension WebP {
  fileprivate static func split(_ bytes: [UInt8], named name: String) throws -> (ImageMetadata, picture: [UInt8]) {
    var metadata = ImageMetadata()
    var picture: [UInt8] = []
    for chunk in try chunks(bytes, named: name) {
      let data = Array(bytes[chunk.data])
      switch chunk.name {
      case "EXIF":
        metadata.exif = metadata.exif ?? (data.starts(with: "Exif\0\0".utf8) ? Array(data.dropFirst(6)) : data)
      case "XMP ": metadata.xmp = metadata.xmp ?? String(validating: data, as: UTF8.self)
      // A signature comes last and belongs to no picture.
      case "VP8X", "C2PA": break
      default: picture += Self.chunk(chunk.name, data)
      }
    }
    return (metadata, file(picture))
  }

  /// A picture with metadata has an extended header, which says that they follow it and repeats the picture's size.
  ///
  /// Source: "WebP Container Specification", Extended File Format.
  fileprivate static func adding(_ metadata: ImageMetadata, to picture: [UInt8], named name: String) throws -> [UInt8] {
    let size = try size(picture, named: name)
    func three(_ value: Int) -> [UInt8] { (0..<3).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    let flags: UInt8 = (metadata.exif == nil ? 0 : 0x08) | (metadata.xmp == nil ? 0 : 0x04)
    let header = chunk("VP8X", [flags, 0, 0, 0] + three(size.width - 1) + three(size.height - 1))
    let exif = metadata.exif.map { chunk("EXIF", $0) } ?? []
    let xmp = metadata.xmp.map { chunk("XMP ", Array($0.utf8)) } ?? []
    return file(header + picture.dropFirst(12) + exif + xmp)
  }

  private static func file(_ chunks: [UInt8]) -> [UInt8] {
    Array("RIFF".utf8) + four(4 + chunks.count) + Array("WEBP".utf8) + chunks
  }

  private static func four(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }

  private static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
    Array(name.utf8) + four(data.count) + data + (data.count % 2 == 1 ? [0] : [])
  }

  private static func chunks(_ bytes: [UInt8], named name: String) throws -> [(name: String, data: Range<Int>)] {
    guard isWebP(bytes) else { throw WebPError(.notWebP, file: name, offset: 0, "this is not a WebP file") }
    var chunks: [(name: String, data: Range<Int>)] = []
    var offset = 12
    while offset < bytes.count {
      guard let size = word(at: offset + 4, of: bytes), size <= bytes.count - offset - 8 else {
        throw WebPError(.damaged, file: name, offset: offset, "the file is truncated")
      }
      chunks.append((String(decoding: bytes[offset..<offset + 4], as: UTF8.self), offset + 8..<offset + 8 + size))
      offset += 8 + size + size % 2
    }
    return chunks
  }
}
