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
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\t": quoted += "\\t"
      case "\u{8}" where form == .canonical: quoted += "\\b"
      case "\u{C}" where form == .canonical: quoted += "\\f"
      case "\r" where form == .canonical: quoted += "\\r"
      case "\0"..<" ": quoted += escape(scalar)
      case "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
        if form == .line { quoted += escape(scalar) } else { quoted.unicodeScalars.append(scalar) }
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16)
    return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
  }
}
