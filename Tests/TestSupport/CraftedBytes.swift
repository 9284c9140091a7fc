import Files
import Testing

/// A file that is not what its place needs, and a part of the message that says so.
package struct CraftedFile: Sendable, CustomTestStringConvertible {
  package let testDescription: String
  package let bytes: [UInt8]
  package let message: String

  package init(_ description: String, _ bytes: [UInt8], _ message: String) {
    (testDescription, self.bytes, self.message) = (description, bytes, message)
  }

  package init(_ description: String, _ text: String, _ message: String) {
    self.init(description, Array(text.utf8), message)
  }
}

/// The bytes of files that break the rules of their formats.
package enum CraftedBytes {
  /// The lowest bytes of a number, the lowest first.
  package static func little(_ value: Int, _ size: Int) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  /// - Parameters:
  ///   - claiming: the header's length as the file gives it; nil for the right one.
  ///   - data: how many zero bytes follow the header.
  package static func safetensors(_ header: [UInt8], claiming length: UInt64? = nil, data: Int = 0) -> [UInt8] {
    little(Int(bitPattern: UInt(length ?? UInt64(header.count))), 8) + header + [UInt8](repeating: 0, count: data)
  }

  package static func pickle(_ body: [UInt8], version: UInt8 = 2) -> [UInt8] { [0x80, version] + body + [0x2e] }

  /// The body of a pickle of thirty lists, each with the previous one twice: a billion objects in 300 bytes.
  package static let doublingLists: [UInt8] = {
    var bytes: [UInt8] = [0x5d, 0x71, 0, 0x30]
    for level in UInt8(0)..<30 {
      bytes += [0x5d, 0x28, 0x68, level, 0x68, level, 0x65, 0x71, level + 1, 0x30]
    }
    return bytes + [0x68, 30]
  }()

  package struct ZipEntry {
    package var name: String
    package var data: [UInt8]
    package var method = 0
    package var flags = 0
    /// nil for the right one.
    package var checksum: UInt32?
    /// The size as the archive gives it; nil for the right one.
    package var announced: Int?
    /// The size after unpacking as the archive gives it; nil for that of the entry.
    package var unpacked: Int?
    /// Where the directory says that the entry starts; nil for the right place.
    package var offset: Int?

    package init(
      name: String, data: [UInt8], method: Int = 0, flags: Int = 0, checksum: UInt32? = nil, announced: Int? = nil,
      unpacked: Int? = nil, offset: Int? = nil
    ) {
      (self.name, self.data, self.method, self.flags) = (name, data, method, flags)
      (self.checksum, self.announced, self.unpacked, self.offset) = (checksum, announced, unpacked, offset)
    }
  }

  /// A ZIP archive without compression, whatever its entries say.
  package static func zip(_ entries: [ZipEntry]) -> [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for entry in entries {
      let size = entry.announced ?? entry.data.count
      let sum = Int(entry.checksum ?? entry.data.withUnsafeBytes(CRC32.checksum))
      let name = Array(entry.name.utf8)
      // Flags, method, time and date, checksum, both sizes, length of the name, of what follows it.
      var shared = little(entry.flags, 2)
      for (field, bytes) in [
        (entry.method, 2), (0, 4), (sum, 4), (size, 4), (entry.unpacked ?? size, 4), (name.count, 2), (0, 2),
      ] { shared += little(field, bytes) }
      let start = little(entry.offset ?? file.count, 4)
      for part in [[0x50, 0x4b, 1, 2, 20, 0, 20, 0], shared, little(0, 10), start, name] { directory += part }
      for part in [[0x50, 0x4b, 3, 4, 20, 0], shared, name, entry.data] { file += part }
    }
    let count = little(entries.count, 2)
    var end: [UInt8] = [0x50, 0x4b, 5, 6, 0, 0, 0, 0]
    for part in [count, count, little(directory.count, 4), little(file.count, 4), little(0, 2)] { end += part }
    return file + directory + end
  }
}
