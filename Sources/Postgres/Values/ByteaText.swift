import Files

/// The hexadecimal text form of `bytea`: `\x` and two lower-case digits per byte.
enum ByteaText {
  private static let prefix = "\\x"

  static func encode(_ bytes: [UInt8]) -> String { prefix + Hex.encode(bytes) }

  /// The bytes; nil if the text is not in the hexadecimal form.
  static func decode(_ text: String) -> [UInt8]? {
    guard text.hasPrefix(prefix) else { return nil }
    return Hex.decode(text.dropFirst(prefix.count))
  }
}
