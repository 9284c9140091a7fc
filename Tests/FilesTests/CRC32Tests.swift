import Files
import Testing

struct CRC32Tests {
  /// The check value of the catalogue of parametrised CRC algorithms, and two others.
  @Test(
    arguments: [
      ("", 0), ("123456789", 0xCBF4_3926), ("The quick brown fox jumps over the lazy dog", 0x414F_A339),
      ("IEND", 0xAE42_6082),
    ] as [(String, UInt32)]) func knownTexts(_ text: String, _ checksum: UInt32)
  {
    #expect(Array(text.utf8).withUnsafeBytes { CRC32.checksum($0) } == checksum)
  }

  @Test func manyZeros() {
    #expect([UInt8](repeating: 0, count: 1 << 20).withUnsafeBytes { CRC32.checksum($0) } == 0xA738_EA1C)
    #expect(CRC32.checksum(UnsafeRawBufferPointer(start: nil, count: 0)) == 0)
  }
}
