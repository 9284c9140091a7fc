/// The hexadecimal text form of `bytea`: `\x` and two lower-case digits a byte.
enum ByteaText {
  private static let digits = Array("0123456789abcdef".utf8)

  static func encode(_ bytes: [UInt8]) -> String {
    String(unsafeUninitializedCapacity: 2 + bytes.count * 2) { buffer in
      buffer[0] = UInt8(ascii: "\\")
      buffer[1] = UInt8(ascii: "x")
      for (index, byte) in bytes.enumerated() {
        buffer[2 + index * 2] = digits[Int(byte >> 4)]
        buffer[3 + index * 2] = digits[Int(byte & 15)]
      }
      return 2 + bytes.count * 2
    }
  }

  /// The bytes, or `nil` where the text is not in the hexadecimal form.
  static func decode(_ text: String) -> [UInt8]? {
    var utf8 = text.utf8[...]
    guard utf8.starts(with: "\\x".utf8), utf8.count.isMultiple(of: 2) else { return nil }
    utf8 = utf8.dropFirst(2)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(utf8.count / 2)
    var high: UInt8?
    for character in utf8 {
      guard let digit = value(of: character) else { return nil }
      if let first = high {
        bytes.append(first << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    return bytes
  }

  private static func value(of character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}
