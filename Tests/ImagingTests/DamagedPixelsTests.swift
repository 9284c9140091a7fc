import Files
import Imaging
import Testing

/// Files with intact chunks and damaged compressed pixels.
struct DamagedPixelsTests {
  @Test func pixelsThatEndEarlyAreRefused() {
    #expect(throws: PNGError.self) { try PNG.decode(file(rows: 1), named: "x.png") }
  }

  @Test func pixelsBeyondTheLastRowAreRefused() {
    #expect(throws: PNGError.self) { try PNG.decode(file(rows: 3), named: "x.png") }
  }

  @Test func wrongChecksumOfThePixelsIsRefused() {
    #expect(throws: PNGError.self) { try PNG.decode(file(rows: 2, adler: 1), named: "x.png") }
  }

  @Test func bytesAfterTheCompressedPixelsAreRefused() {
    #expect(throws: PNGError.self) { try PNG.decode(file(rows: 2, trailing: [1, 2, 3]), named: "x.png") }
  }

  @Test func unknownCriticalChunkIsRefusedAndAnAncillaryOneIsNot() throws {
    let error = #expect(throws: PNGError.self) {
      try PNG.decode(file(rows: 2, before: chunk("ABCD", [1])), named: "x.png")
    }
    #expect(error?.code == .unsupported)
    #expect(error?.offset == 33)
    #expect(try PNG.decode(file(rows: 2, before: chunk("abCD", [1])), named: "x.png").image.pixels == row + row)
  }

  @Test func soundFileIsRead() throws {
    #expect(try PNG.decode(file(rows: 2), named: "x.png").image.pixels == row + row)
  }

  /// Compressed texts whose size would not fit, that are cut, or that are compressed in another way.
  @Test func compressedTextsThatCannotBeReadAreRefused() throws {
    let stream: [UInt8] = [120, 218, 75, 76, 74, 6, 0, 2, 77, 1, 39]
    let keyword = Array("Title".utf8) + [0]
    let whole = file(rows: 2, before: chunk("zTXt", keyword + [0] + stream))
    #expect(try PNG.texts(whole, named: "x.png") == [PNGText(keyword: "Title", text: "abc", kind: .latin1)])
    let international = file(rows: 2, before: chunk("iTXt", keyword + [1, 0, 0, 0] + stream))
    #expect(try PNG.texts(international, named: "x.png").map(\.text) == ["abc"])
    // Blocks of 65,535 bytes that are stored without compression.
    let block: [UInt8] = [0, 0xFF, 0xFF, 0, 0] + [UInt8](repeating: 97, count: 0xFFFF)
    let large: [UInt8] = [0x78, 0x01] + [[UInt8]](repeating: block, count: 123).joined()
    let cut = Array(stream.dropLast(5))
    let faults: [([UInt8], String)] = [
      ([0] + cut, "cannot be inflated"), ([0] + large, "has more than 8000000 bytes"),
      ([0, 1, 2, 3], "cannot be inflated"), ([1] + stream, "is compressed by an unknown method"),
      ([], "is compressed by an unknown method"),
    ]
    for (data, problem) in faults {
      let error = #expect(throws: PNGError.self) {
        try PNG.texts(file(rows: 2, before: chunk("zTXt", keyword + data)), named: "x.png")
      }
      #expect(error?.description == "x.png at byte 33: text 'Title' \(problem)")
    }
  }

  private let row: [UInt8] = [1, 2, 3, 4, 5, 6]

  /// An image of 2×2 pixels that are stored without compression, in `rows` rows.
  private func file(rows: Int, adler: UInt32 = 0, trailing: [UInt8] = [], before: [UInt8] = []) -> [UInt8] {
    let raw = [[UInt8]](repeating: [0] + row, count: rows).flatMap { $0 }
    let length = UInt8(raw.count)
    let stream = [0x78, 0x01, 0x01, length, 0, ~length, 0xFF] + raw + big(checksum(raw) ^ adler) + trailing
    let header = big(2) + big(2) + [8, 2, 0, 0, 0]
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header) + before + chunk("IDAT", stream)
      + chunk("IEND", [])
  }

  private func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
    let body = Array(name.utf8) + data
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in body {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? 0xEDB8_8320 ^ (crc >> 1) : crc >> 1 }
    }
    return big(UInt32(data.count)) + body + big(~crc)
  }

  /// Adler-32.
  private func checksum(_ bytes: [UInt8]) -> UInt32 {
    let (a, b) = bytes.reduce((1, 0)) { (($0.0 + Int($1)) % 65521, ($0.1 + $0.0 + Int($1)) % 65521) }
    return UInt32(b << 16 | a)
  }

  private func big(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
}
