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
