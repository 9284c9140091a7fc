import Files

/// An object on a line of its own, its members in the order they are added.
struct JSONLine {
  private var text = "{"

  mutating func add(_ name: String, _ value: String) { add(name, raw: JSONString.quoted(value, .line)) }
  mutating func add(_ name: String, _ values: [String]) {
    add(name, raw: "[\(values.map { JSONString.quoted($0, .line) }.joined(separator: ", "))]")
  }
  mutating func add(_ name: String, _ value: Int) { add(name, raw: "\(value)") }

  /// Always with a point or an exponent: a column of whole numbers is read as another type than one of fractions.
  mutating func add(_ name: String, _ value: Double) { add(name, raw: value.description) }

  private mutating func add(_ name: String, raw: String) {
    if text.utf8.count > 1 { text += ", " }
    text += "\(JSONString.quoted(name, .line)): \(raw)"
  }

  /// The line with its line feed.
  var line: String { text + "}\n" }
}
