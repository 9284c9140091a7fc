/// The Exif data of a picture that a program made.
///
/// Source: "Exchangeable image file format for digital still cameras: Exif Version 2.32", 4.6.
package struct Exif: Sendable, Equatable {
  /// The program.
  package let software: String
  /// The tag `UserComment`, where web UIs keep the parameters of a JPEG or WebP.
  package let comment: String

  package init(software: String, comment: String) {
    self.software = software
    self.comment = comment
  }

  /// The TIFF structure, big-endian; the comment is UTF-16, as web UIs write it.
  package var bytes: [UInt8] {
    let software = Array(self.software.utf8) + [0]
    let comment = Array("UNICODE\0".utf8) + self.comment.utf16.flatMap { Self.two(Int($0)) }
    // The header, the first directory of two entries, its data, and the directory that it points at.
    let text = 8 + 2 + 2 * 12 + 4
    let inner = text + software.count + software.count % 2
    let words = inner + 2 + 2 * 12 + 4
    var bytes: [UInt8] = [0x4D, 0x4D, 0, 42] + Self.four(8)
    bytes += Self.two(2) + Self.entry(0x0131, type: 2, software, at: text)
    bytes += Self.two(0x8769) + Self.two(4) + Self.four(1) + Self.four(inner) + Self.four(0)
    bytes += software + (software.count % 2 == 1 ? [0] : [])
    bytes += Self.two(2) + Self.entry(0x9000, type: 7, Array("0232".utf8), at: 0)
    bytes += Self.entry(0x9286, type: 7, comment, at: words) + Self.four(0)
    return bytes + comment
  }

  /// - Parameter place: of the data, unless their four bytes fit into the entry.
  private static func entry(_ tag: Int, type: Int, _ data: [UInt8], at place: Int) -> [UInt8] {
    let value = data.count <= 4 ? data + [UInt8](repeating: 0, count: 4 - data.count) : four(place)
    return two(tag) + two(type) + four(data.count) + value
  }

  private static func two(_ value: Int) -> [UInt8] {
    [UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value)]
  }
  private static func four(_ value: Int) -> [UInt8] { two(value >> 16) + two(value) }
}
