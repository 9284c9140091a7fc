import Files

/// A strict reader of the JSON in a safetensors header.
///
/// Foundation's decoder hides duplicate keys and byte offsets. Both matter here: two readers that treat a duplicate key
/// differently load different weights from one file. What a message says of the place is composed only when it is thrown.
struct HeaderCursor {
  /// The whole file.
  let bytes: UnsafeRawBufferPointer
  /// The offset after the header.
  let end: Int
  let file: String
  private(set) var position: Int

  init(bytes: UnsafeRawBufferPointer, header: Range<Int>, file: String) {
    self.bytes = bytes
    self.file = file
    position = header.lowerBound
    end = header.upperBound
  }

  var next: UInt8? { position < end ? bytes[position] : nil }

  func malformed(_ what: String, at offset: Int? = nil) -> CheckpointError {
    .damaged(file, at: offset ?? position, what)
  }

  mutating func skipWhitespace() {
    while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
  }

  /// Reads `character` after optional whitespace, or throws.
  mutating func expect(_ character: Unicode.Scalar, _ place: @autoclosure () -> String) throws {
    skipWhitespace()
    guard let byte = next else { throw malformed("the header ends where '\(character)' \(place()) is expected") }
    guard byte == UInt8(ascii: character) else {
      throw malformed("expected '\(character)' \(place()), found \(Self.name(byte))")
    }
    position += 1
  }

  /// Reads `character` after optional whitespace if it comes next.
  mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipWhitespace()
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  /// Reads `null` after optional whitespace if it comes next.
  mutating func takeNull() -> Bool {
    skipWhitespace()
    guard end - position >= 4, bytes[position..<position + 4].elementsEqual("null".utf8) else { return false }
    position += 4
    return true
  }

  /// A list between two brackets with commas between its items and none after the last.
  mutating func list(
    from open: Unicode.Scalar, to close: Unicode.Scalar, _ place: @autoclosure () -> String,
    item: (inout HeaderCursor) throws -> Void
  ) throws {
    try expect(open, place())
    if take(close) { return }
    while true {
      skipWhitespace()
      try item(&self)
      if take(close) { return }
      try expect(",", "or '\(close)' \(place())")
    }
  }

  /// Skips any value of a text that is known to be JSON.
  mutating func skipValue() throws {
    var depth = 0
    repeat {
      skipWhitespace()
      guard let byte = next else { throw malformed("a value is missing") }
      switch byte {
      case UInt8(ascii: "\""): _ = try string("of a value")
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        position += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        position += 1
      case UInt8(ascii: ","), UInt8(ascii: ":"): position += 1
      default:
        while let byte = next, !",:]} \t\r\n".utf8.contains(byte) { position += 1 }
      }
    } while depth > 0
  }

  /// A non-negative integer that fits an `Int`: no sign, fraction, exponent or leading zero.
  mutating func natural(_ place: @autoclosure () -> String) throws -> Int {
    skipWhitespace()
    let start = position
    var value = 0
    while let byte = next, byte >= 0x30, byte <= 0x39 {
      let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carried) = scaled.addingReportingOverflow(Int(byte - 0x30))
      guard !overflow, !carried else { throw malformed("a number \(place()) does not fit 64 bits", at: start) }
      value = sum
      position += 1
    }
    guard position > start else {
      throw malformed(
        "expected a non-negative integer \(place()), found \(next.map(Self.name) ?? "the end of the header")")
    }
    guard position == start + 1 || bytes[start] != 0x30 else {
      throw malformed("a number \(place()) starts with 0", at: start)
    }
    if let byte = next, byte == 0x2E || byte == 0x65 || byte == 0x45 {
      throw malformed("a number \(place()) is not an integer", at: start)
    }
    return value
  }

  /// A string with its escapes resolved; invalid UTF-8, control characters and lone surrogates throw.
  mutating func string(_ place: @autoclosure () -> String) throws -> String {
    try expect("\"", "of a string \(place())")
    let start = position
    var units: [UInt8] = []
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: units, as: UTF8.self) else {
          throw malformed("a string \(place()) is not valid UTF-8", at: start)
        }
        return text
      case UInt8(ascii: "\\"):
        units += String(Character(try escape(place()))).utf8
      case 0..<0x20:
        throw malformed("a string \(place()) holds a control character", at: position - 1)
      default:
        units.append(byte)
      }
    }
    throw malformed("a string \(place()) has no closing quote", at: start)
  }

  /// The scalar of an escape whose backslash has been read.
  private mutating func escape(_ place: @autoclosure () -> String) throws -> Unicode.Scalar {
    let start = position - 1
    guard let byte = next else { throw malformed("an escape \(place()) is cut off", at: start) }
    position += 1
    switch byte {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let first = try hexadecimal(place())
      if let scalar = Unicode.Scalar(first) { return scalar }
      if first < 0xDC00, next == UInt8(ascii: "\\") {
        position += 1
        if next == UInt8(ascii: "u") {
          position += 1
          let second = try hexadecimal(place())
          if (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
          {
            return scalar
          }
        }
      }
      throw malformed("half of a surrogate pair stands alone in a string \(place())", at: start)
    default:
      throw malformed("\\\(Self.name(byte)) is not a JSON escape, in a string \(place())", at: start)
    }
  }

  private mutating func hexadecimal(_ place: @autoclosure () -> String) throws -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw malformed("\\u is not followed by four hexadecimal digits in a string \(place())")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }

  private static func name(_ byte: UInt8) -> String {
    (0x21..<0x7F).contains(byte) ? "'\(Unicode.Scalar(byte))'" : "byte 0x\(String(byte, radix: 16))"
  }
}
