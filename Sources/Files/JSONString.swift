/// JSON strings: the one escaper of the writers that need bytes of their own choosing.
package enum JSONString {
  /// What is escaped beyond what JSON demands.
  package enum Form: Sendable {
    /// Nothing, in the shortest spelling (RFC 8785, 3.2.2.2): equal texts are equal bytes in every canonical writer.
    case canonical
    /// Whatever may end or disturb a line: DEL, the control characters U+0080–9F, and U+2028 and U+2029, at which some
    /// readers split. Only `\n` and `\t` have short spellings, because published exports are compared byte by byte with
    /// new ones. The result is a YAML string as well.
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
