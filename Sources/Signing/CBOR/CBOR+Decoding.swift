import Files

extension CBOR {
  /// Nested items that are read; the manifests that validators read have fewer than ten.
  private static let deepest = 32

  /// The one data item that `bytes` encode.
  ///
  /// Reads also what is not in deterministic form, because other programs write it; repeated keys are refused. Nothing is
  /// allocated for items that the bytes do not hold.
  /// - Throws: ``SigningError`` with the offset of the fault in `bytes`.
  init(decoding bytes: ArraySlice<UInt8>, named name: String) throws(SigningError) {
    var reader = Reader(bytes: bytes, start: bytes.startIndex, name: name)
    self = try reader.item(depth: 0)
    guard reader.bytes.isEmpty else {
      throw reader.failure("\(reader.bytes.count) bytes follow the end of its CBOR")
    }
  }

  private struct Reader {
    var bytes: ArraySlice<UInt8>
    let start: Int
    let name: String

    func failure(_ problem: String) -> SigningError {
      SigningError(.malformed, file: name, offset: bytes.startIndex - start, problem)
    }

    mutating func take(_ count: UInt64, _ what: String) throws(SigningError) -> ArraySlice<UInt8> {
      guard count <= UInt64(bytes.count) else {
        throw failure("\(what) of \(count) bytes should stand here, but \(bytes.count) are left")
      }
      let taken = bytes.prefix(Int(count))
      bytes = bytes.dropFirst(Int(count))
      return taken
    }

    mutating func byte() throws(SigningError) -> UInt8 {
      guard let byte = bytes.popFirst() else { throw failure("the CBOR ends too early") }
      return byte
    }

    mutating func item(depth: Int) throws(SigningError) -> CBOR {
      guard depth < CBOR.deepest else { throw failure("the CBOR is nested more than \(CBOR.deepest) levels deep") }
      let first = try byte()
      let (major, information) = (first >> 5, first & 0x1F)
      if information == 31 { return try unbounded(major, depth: depth) }
      guard let width = CBOR.width(of: information) else { throw failure("the CBOR has an unknown head \(first)") }
      let value =
        width == 0
        ? UInt64(information) : try take(UInt64(width), "a head").reduce(0) { $0 << 8 | UInt64($1) }
      switch major {
      case 0: return .unsigned(value)
      case 1: return .negative(value)
      case 2: return .bytes(Array(try take(value, "a byte string")))
      case 3: return .text(try text(take(value, "a text")))
      case 4:
        var items: [CBOR] = []
        for _ in 0..<(try count(value)) { items.append(try item(depth: depth + 1)) }
        return .array(items)
      case 5:
        var pairs: [Pair] = []
        for _ in 0..<(try count(value)) { pairs.append(try pair(depth: depth)) }
        return try map(pairs)
      case 6: return .tagged(value, try item(depth: depth + 1))
      default: return simple(information, value)
      }
    }

    /// The number of items of an array or map, each of which takes at least a byte.
    private func count(_ value: UInt64) throws(SigningError) -> UInt64 {
      guard value <= UInt64(bytes.count) else {
        throw failure("\(value) items should stand here, but \(bytes.count) bytes are left")
      }
      return value
    }

    private func simple(_ information: UInt8, _ value: UInt64) -> CBOR {
      switch information {
      case 20: .bool(false)
      case 21: .bool(true)
      case 22: .null
      default: .other(information, value)
      }
    }

    private func text(_ bytes: ArraySlice<UInt8>) throws(SigningError) -> String {
      guard let text = String(validating: bytes, as: UTF8.self) else { throw failure("a text is not UTF-8") }
      return text
    }

    private mutating func pair(depth: Int) throws(SigningError) -> Pair {
      let key = try item(depth: depth + 1)
      return Pair(key: key, value: try item(depth: depth + 1))
    }

    private func map(_ pairs: [Pair]) throws(SigningError) -> CBOR {
      guard Set(pairs.map(\.key)).count == pairs.count else { throw failure("a map has a key twice") }
      return .map(pairs)
    }

    /// An item of unstated length, which ends with a break.
    private mutating func unbounded(_ major: UInt8, depth: Int) throws(SigningError) -> CBOR {
      func isBreak() -> Bool { bytes.first == 0xFF }
      switch major {
      case 2:
        var joined: [UInt8] = []
        while !isBreak() {
          guard case .bytes(let part) = try item(depth: depth + 1) else {
            throw failure("a byte string has other parts")
          }
          joined += part
        }
        _ = try byte()
        return .bytes(joined)
      case 3:
        var joined = ""
        while !isBreak() {
          guard case .text(let part) = try item(depth: depth + 1) else { throw failure("a text has other parts") }
          joined += part
        }
        _ = try byte()
        return .text(joined)
      case 4:
        var items: [CBOR] = []
        while !isBreak() { items.append(try item(depth: depth + 1)) }
        _ = try byte()
        return .array(items)
      case 5:
        var pairs: [Pair] = []
        while !isBreak() { pairs.append(try pair(depth: depth)) }
        _ = try byte()
        return try map(pairs)
      default: throw failure("a break or an unbounded item stands where the CBOR cannot have one")
      }
    }
  }
}
