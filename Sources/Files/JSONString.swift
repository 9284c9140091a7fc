/// Escapes JSON strings for the writers that control every byte of their output.
package enum JSONString {
  /// Which characters are escaped beyond those that JSON requires.
  package enum Form: Sendable {
    /// None, with the shortest escapes (RFC 8785, 3.2.2.2): equal texts are equal bytes in every canonical writer.
    case canonical
    /// Those that may end or disturb a line: DEL, the control characters U+0080–9F, and U+2028 and U+2029, at which
    /// some readers split. Only `\n` and `\t` have short escapes, because published exports are compared byte by byte
    /// with new ones. The result is also a YAML string.
    case line
  }

  /// The text in quotation marks.
  package static func quoted(_ text: String, _ form: Form = .canonical) -> String {
    var quoted = "\""
    quoted.reserveCapacity(text.utf8.count + 2)
    // What stands between two escapes is copied at once.
    var start = text.startIndex
    for index in text.unicodeScalars.indices {
      guard let escaped = escaped(text.unicodeScalars[index], form) else { continue }
      quoted += text[start..<index]
      quoted += escaped
      start = text.unicodeScalars.index(after: index)
    }
    quoted += text[start...]
    return quoted + "\""
  }

  /// nil for a scalar that stands for itself.
  private static func escaped(_ scalar: Unicode.Scalar, _ form: Form) -> String? {
    switch scalar {
    case "\"": "\\\""
    case "\\": "\\\\"
    case "\n": "\\n"
    case "\t": "\\t"
    case "\u{8}" where form == .canonical: "\\b"
    case "\u{C}" where form == .canonical: "\\f"
    case "\r" where form == .canonical: "\\r"
    case "\0"..<" ": escape(scalar)
    case "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}": form == .line ? escape(scalar) : nil
    default: nil
    }
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16)
    return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
  }
}
