extension CBOR {
  /// The deterministic encoding (RFC 8949, section 4.2.1): the shortest heads, and maps in the order of their encoded keys.
  var encoded: [UInt8] {
    var bytes: [UInt8] = []
    write(to: &bytes)
    return bytes
  }

  private func write(to bytes: inout [UInt8]) {
    switch self {
    case .unsigned(let value): Self.head(0, value, to: &bytes)
    case .negative(let value): Self.head(1, value, to: &bytes)
    case .bytes(let value):
      Self.head(2, UInt64(value.count), to: &bytes)
      bytes += value
    case .text(let value):
      Self.head(3, UInt64(value.utf8.count), to: &bytes)
      bytes += value.utf8
    case .array(let items):
      Self.head(4, UInt64(items.count), to: &bytes)
      for item in items { item.write(to: &bytes) }
    case .map(let pairs):
      Self.head(5, UInt64(pairs.count), to: &bytes)
      let encoded = pairs.map { ($0.key.encoded, $0.value) }.sorted { $0.0.lexicographicallyPrecedes($1.0) }
      for (key, value) in encoded {
        bytes += key
        value.write(to: &bytes)
      }
    case .tagged(let tag, let item):
      Self.head(6, tag, to: &bytes)
      item.write(to: &bytes)
    case .bool(let value): bytes.append(value ? 0xF5 : 0xF4)
    case .null: bytes.append(0xF6)
    case .other(let information, let bits):
      bytes.append(7 << 5 | information)
      let width = Self.width(of: information) ?? 0
      bytes += (0..<width).map { UInt8(truncatingIfNeeded: bits >> UInt64(8 * (width - 1 - $0))) }
    }
  }

  private static func head(_ major: UInt8, _ value: UInt64, to bytes: inout [UInt8]) {
    let (information, width): (UInt8, Int) =
      switch value {
      case 0..<24: (UInt8(value), 0)
      case 0...0xFF: (24, 1)
      case 0...0xFFFF: (25, 2)
      case 0...0xFFFF_FFFF: (26, 4)
      default: (27, 8)
      }
    bytes.append(major << 5 | information)
    bytes += (0..<width).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * (width - 1 - $0))) }
  }

  /// Bytes that follow a head with this additional information; nil if it is not one of these.
  static func width(of information: UInt8) -> Int? {
    switch information {
    case 0..<24: 0
    case 24: 1
    case 25: 2
    case 26: 4
    case 27: 8
    default: nil
    }
  }
}
