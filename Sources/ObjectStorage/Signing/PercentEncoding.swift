/// The percent-encoding of signed requests: everything but letters, digits and `-._~` is encoded, with capital digits.
enum PercentEncoding {
  /// Encodes a key or path; slashes stay.
  static func path(_ text: String) -> String { encode(text, keeping: UInt8(ascii: "/")) }

  /// Encodes a name or value of a query.
  static func query(_ text: String) -> String { encode(text, keeping: nil) }

  /// The text; nil if the encoding is wrong.
  static func decode(_ text: String) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let character = rest.popFirst() {
      guard character == UInt8(ascii: "%") else {
        bytes.append(character == UInt8(ascii: "+") ? UInt8(ascii: " ") : character)
        continue
      }
      guard let high = rest.popFirst(), let low = rest.popFirst(),
        let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16)
      else { return nil }
      bytes.append(value)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static let digits = Array("0123456789ABCDEF".utf8)

  private static func encode(_ text: String, keeping kept: UInt8?) -> String {
    var bytes: [UInt8] = []
    for character in text.utf8 {
      switch character {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        bytes.append(character)
      case kept: bytes.append(character)
      default: bytes += [UInt8(ascii: "%"), digits[Int(character >> 4)], digits[Int(character & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
