/// A data item of CBOR (RFC 8949).
enum CBOR: Hashable, Sendable {
  case unsigned(UInt64)
  /// The value -1 - n.
  case negative(UInt64)
  case bytes([UInt8])
  case text(String)
  case array([CBOR])
  /// Pairs in the order of the encoding; keys are not repeated.
  case map([Pair])
  indirect case tagged(UInt64, CBOR)
  case bool(Bool)
  case null
  /// A simple value without meaning here, or a floating-point number: its additional information and its bits.
  case other(UInt8, UInt64)

  struct Pair: Hashable, Sendable {
    let key: CBOR
    let value: CBOR
  }

  /// A map with text keys, which are encoded in the order of RFC 8949, section 4.2.1.
  static func object(_ members: KeyValuePairs<String, CBOR?>) -> CBOR {
    .map(members.compactMap { key, value in value.map { Pair(key: .text(key), value: $0) } })
  }

  static func integer(_ value: Int) -> CBOR {
    value < 0 ? .negative(UInt64(-1 - value)) : .unsigned(UInt64(value))
  }

  /// The value of a map's key; nil also for what is no map.
  subscript(key: CBOR) -> CBOR? {
    guard case .map(let pairs) = self else { return nil }
    return pairs.first { $0.key == key }?.value
  }

  subscript(key: String) -> CBOR? { self[.text(key)] }

  var text: String? {
    guard case .text(let text) = self else { return nil }
    return text
  }

  var bytes: [UInt8]? {
    guard case .bytes(let bytes) = self else { return nil }
    return bytes
  }

  var array: [CBOR]? {
    guard case .array(let items) = self else { return nil }
    return items
  }

  /// An integer from 0 that fits `Int`.
  var count: Int? {
    guard case .unsigned(let value) = self else { return nil }
    return Int(exactly: value)
  }
}
