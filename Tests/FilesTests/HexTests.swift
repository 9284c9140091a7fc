import Files
import Testing

struct HexTests {
  @Test func everyByteIsTwoLowerCaseDigits() {
    #expect(Hex.encode([]) == "")
    #expect(Hex.encode([0x00, 0x09, 0x0a, 0x9f, 0xa0, 0xff]) == "00090a9fa0ff")
    #expect(Hex.encode([UInt8](0...255).lazy.map { $0 }) == Hex.encode([UInt8](0...255)))
    #expect(Hex.decode(Hex.encode([UInt8](0...255))) == [UInt8](0...255))
  }

  @Test(arguments: ["0", "0g", "AB", "é", " 00", "0x00", "00\u{0}"])
  func textsThatAreNotHexadecimalAreRefused(_ text: String) {
    #expect(Hex.decode(text) == nil)
  }

  @Test func aPartOfATextIsDecoded() {
    #expect(Hex.decode("") == [])
    #expect(Hex.decode("\\xdeadbeef".dropFirst(2)) == [0xde, 0xad, 0xbe, 0xef])
  }
}
