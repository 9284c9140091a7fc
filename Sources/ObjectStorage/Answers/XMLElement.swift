/// An element of an answer, with its children or its text.
///
/// It reads the part of XML that object stores write: elements, text, the five named entities and numeric ones. It
/// refuses document types and processing instructions other than the first line, so nothing is fetched or expanded.
package struct XMLElement: Equatable, Sendable {
  package let name: String
  package var children: [XMLElement] = []
  package var text = ""

  private static let deepest = 16

  package init(name: String) { self.name = name }

  package func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

  /// The text of the first child of a name.
  package func value(_ name: String) -> String? { children.first { $0.name == name }?.text }

  /// The root element of a document; nil if it is not well-formed.
  package static func parse(_ bytes: [UInt8]) -> XMLElement? {
    var reader = Reader(bytes: bytes[...])
    reader.skipSpace()
    if reader.take("<?xml") { guard reader.skip(past: "?>") else { return nil } }
    reader.skipSpace()
    guard reader.take("<"), let root = reader.element(depth: 0) else { return nil }
    reader.skipSpace()
    return reader.bytes.isEmpty ? root : nil
  }

  private struct Reader {
    var bytes: ArraySlice<UInt8>

    mutating func skipSpace() { bytes = bytes.drop { [0x20, 0x09, 0x0a, 0x0d].contains($0) } }

    mutating func take(_ text: String) -> Bool {
      guard bytes.starts(with: text.utf8) else { return false }
      bytes = bytes.dropFirst(text.utf8.count)
      return true
    }

    mutating func skip(past text: String) -> Bool {
      while !bytes.isEmpty {
        if take(text) { return true }
        bytes.removeFirst()
      }
      return false
    }

    /// Reads an element whose "<" is read already.
    mutating func element(depth: Int) -> XMLElement? {
      guard depth < XMLElement.deepest, let name = name() else { return nil }
      var element = XMLElement(name: name)
      // Attributes name schemas and types only.
      var quote: UInt8?
      var isEmpty = false
      while let character = bytes.popFirst() {
        if let open = quote {
          if character == open { quote = nil }
        } else if character == UInt8(ascii: "\"") || character == UInt8(ascii: "'") {
          quote = character
        } else if character == UInt8(ascii: "/") {
          isEmpty = true
        } else if character == UInt8(ascii: ">") {
          if isEmpty { return element }
          return content(&element, depth) ? element : nil
        } else if character == UInt8(ascii: "<") {
          return nil
        }
      }
      return nil
    }

    /// Reads children and text up to the end tag.
    private mutating func content(_ element: inout XMLElement, _ depth: Int) -> Bool {
      var text: [UInt8] = []
      while let character = bytes.popFirst() {
        switch character {
        case UInt8(ascii: "<") where take("/"):
          guard name() == element.name else { return false }
          skipSpace()
          guard take(">"), let valid = String(validating: text, as: UTF8.self) else { return false }
          element.text = element.children.isEmpty ? valid : ""
          return true
        case UInt8(ascii: "<"):
          guard let child = self.element(depth: depth + 1) else { return false }
          element.children.append(child)
        case UInt8(ascii: "&"):
          guard let decoded = entity() else { return false }
          text += decoded.utf8
        default: text.append(character)
        }
      }
      return false
    }

    private mutating func name() -> String? {
      let end = bytes.firstIndex { character in
        switch character {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."),
          UInt8(ascii: ":"):
          false
        default: true
        }
      }
      guard let end, end > bytes.startIndex else { return nil }
      defer { bytes = bytes[end...] }
      return String(decoding: bytes[..<end], as: UTF8.self)
    }

    /// Reads an entity whose "&" is read already.
    private mutating func entity() -> String? {
      guard let end = bytes.prefix(12).firstIndex(of: UInt8(ascii: ";")) else { return nil }
      let name = String(decoding: bytes[..<end], as: UTF8.self)
      bytes = bytes[(end + 1)...]
      switch name {
      case "amp": return "&"
      case "lt": return "<"
      case "gt": return ">"
      case "quot": return "\""
      case "apos": return "'"
      default:
        guard name.hasPrefix("#") else { return nil }
        let number = name.dropFirst()
        let value = number.hasPrefix("x") ? UInt32(number.dropFirst(), radix: 16) : UInt32(number)
        return value.flatMap(Unicode.Scalar.init).map { String(Character($0)) }
      }
    }
  }
}
