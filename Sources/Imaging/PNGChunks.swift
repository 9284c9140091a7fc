import Files

/// The header and chunks of a PNG, read without decompressing anything.
///
/// The initialiser checks every chunk's length, name and checksum, and the order as far as it matters: IHDR first, one
/// unbroken run of IDAT, and IEND last with nothing after it.
package struct PNGChunks {
  package struct Chunk {
    /// Four letters.
    package let name: String
    /// The offset of the chunk (its length field) in the file.
    package let offset: Int
    /// The range of its contents in the file.
    package let data: Range<Int>

    /// The whole chunk: length, name, contents, checksum.
    package var whole: Range<Int> { offset..<data.upperBound + 4 }
  }

  package static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  let width: Int
  let height: Int
  package let chunks: [Chunk]

  /// - Throws: `PNGError` with the offset of the fault.
  package init(_ bytes: [UInt8], named file: String) throws {
    guard bytes.starts(with: Self.signature) else {
      throw PNGError(.notPNG, file: file, bytes.isEmpty ? "the file is empty" : "this is not a PNG file")
    }
    var chunks: [Chunk] = []
    var offset = Self.signature.count
    while chunks.last?.name != "IEND" {
      let chunk = try Self.chunk(at: offset, of: bytes, named: file)
      try Self.check(chunk, after: chunks, named: file)
      chunks.append(chunk)
      offset = chunk.whole.upperBound
    }
    guard offset == bytes.count else {
      throw PNGError(
        .damaged, file: file, offset: offset, "\(bytes.count - offset) bytes follow the end of the image")
    }
    guard chunks.contains(where: { $0.name == "IDAT" }) else {
      throw PNGError(.damaged, file: file, offset: offset, "the file has no pixels (no IDAT chunk)")
    }
    self.chunks = chunks
    let header = chunks[0].data.lowerBound
    width = Int(Self.word(at: header, of: bytes))
    height = Int(Self.word(at: header + 4, of: bytes))
    guard (1...Int(Int32.max)).contains(width), (1...Int(Int32.max)).contains(height) else {
      throw PNGError(.damaged, file: file, offset: header, "the image's size \(width)×\(height) is impossible")
    }
  }

  /// The chunks before the pixels, from the beginning of a file; nil if the pixels begin after it.
  ///
  /// - Throws: as the initialiser.
  static func beforePixels(_ beginning: [UInt8], named file: String) throws -> [Chunk]? {
    guard beginning.count >= signature.count else { return nil }
    guard beginning.starts(with: signature) else { throw PNGError(.notPNG, file: file, "this is not a PNG file") }
    var chunks: [Chunk] = []
    var offset = signature.count
    while beginning.count - offset >= 8 {
      if beginning[offset + 4..<offset + 8].elementsEqual("IDAT".utf8) { return chunks }
      let length = Int(word(at: offset, of: beginning))
      guard length <= beginning.count - offset - 12 else { return nil }
      let chunk = try chunk(at: offset, of: beginning, named: file)
      try check(chunk, after: chunks, named: file)
      chunks.append(chunk)
      offset = chunk.whole.upperBound
    }
    return nil
  }

  /// The Exif data; nil if there are none.
  func exif(of bytes: [UInt8]) -> ArraySlice<UInt8>? {
    chunks.first { $0.name == "eXIf" }.map { bytes[$0.data] }
  }

  private static func chunk(at offset: Int, of bytes: [UInt8], named file: String) throws -> Chunk {
    guard bytes.count - offset >= 12 else {
      throw PNGError(.damaged, file: file, offset: offset, "the file is truncated: a chunk should start here")
    }
    let length = Int(word(at: offset, of: bytes))
    let letters = bytes[offset + 4..<offset + 8]
    guard letters.allSatisfy({ (65...90).contains($0) || (97...122).contains($0) }) else {
      throw PNGError(.damaged, file: file, offset: offset + 4, "a chunk's name is not made of letters")
    }
    let name = String(decoding: letters, as: UTF8.self)
    guard length <= bytes.count - offset - 12 else {
      throw PNGError(
        .damaged, file: file, offset: offset,
        "the file is truncated: chunk \(name) should hold \(length) bytes, \(bytes.count - offset - 12) are left"
      )
    }
    let data = offset + 8..<offset + 8 + length
    let checksum = bytes.withUnsafeBytes {
      CRC32.checksum(UnsafeRawBufferPointer(rebasing: $0[offset + 4..<data.upperBound]))
    }
    guard checksum == word(at: data.upperBound, of: bytes) else {
      throw PNGError(.damaged, file: file, offset: offset, "chunk \(name) is damaged: its checksum (CRC) is wrong")
    }
    return Chunk(name: name, offset: offset, data: data)
  }

  private static func check(_ chunk: Chunk, after chunks: [Chunk], named file: String) throws {
    let problem: String? =
      switch chunk.name {
      case "IHDR":
        if !chunks.isEmpty {
          "a second header (IHDR)"
        } else if chunk.data.count != 13 {
          "the header (IHDR) holds \(chunk.data.count) bytes instead of 13"
        } else {
          nil
        }
      case _ where chunks.isEmpty: "the file starts with chunk \(chunk.name) instead of its header (IHDR)"
      case "IDAT" where chunks.last?.name != "IDAT" && chunks.contains(where: { $0.name == "IDAT" }):
        "the pixels (IDAT) are interrupted by chunk \(chunks.last?.name ?? "")"
      case "IEND" where !chunk.data.isEmpty: "the end chunk (IEND) is not empty"
      default: nil
      }
    if let problem { throw PNGError(.damaged, file: file, offset: chunk.offset, problem) }
    let isCritical = chunk.name.utf8.first.map { $0 & 0x20 == 0 } ?? true
    guard !isCritical || ["IHDR", "PLTE", "IDAT", "IEND"].contains(chunk.name) else {
      throw PNGError(
        .unsupported, file: file, offset: chunk.offset,
        "chunk \(chunk.name) is unknown but critical, so the image cannot be read")
    }
  }

  private static func word(at offset: Int, of bytes: [UInt8]) -> UInt32 {
    (0..<4).reduce(0) { $0 << 8 | UInt32(bytes[offset + $1]) }
  }

  /// A whole chunk, ready to be written.
  package static func serialized(_ name: String, _ data: some Collection<UInt8>) -> [UInt8] {
    func big(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
    let body = Array(name.utf8) + data
    return big(UInt32(data.count)) + body + big(body.withUnsafeBytes { CRC32.checksum($0) })
  }
}
