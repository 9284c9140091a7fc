/// An object on a line of its own, its members in the order they are added.
struct JSONLine {
  private var text = "{"

  mutating func add(_ name: String, _ value: String) { add(name, raw: Self.quoted(value)) }
  mutating func add(_ name: String, _ values: [String]) {
    add(name, raw: "[\(values.map(Self.quoted).joined(separator: ", "))]")
  }
  mutating func add(_ name: String, _ value: Int) { add(name, raw: "\(value)") }

  /// Always with a point or an exponent: a column of whole numbers is read as another type than one of fractions.
  mutating func add(_ name: String, _ value: Double) { add(name, raw: value.description) }

  private mutating func add(_ name: String, raw: String) {
    if text.utf8.count > 1 { text += ", " }
    text += "\(Self.quoted(name)): \(raw)"
  }

  /// The line with its line feed.
  var line: String { text + "}\n" }

  /// A JSON string, which is a YAML string as well.
  static func quoted(_ value: String) -> String {
    var text = "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\t": text += "\\t"
      // Control characters, and the separators at which some readers end a line.
      case "\0"..<" ", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}
