import Files

/// A JSON object on one line, with its members in the order of addition.
struct JSONLine {
  private var text = "{"

  mutating func add(_ name: String, _ value: String?) {
    add(name, raw: value.map { JSONString.quoted($0, .line) } ?? "null")
  }
  mutating func add(_ name: String, _ values: [String]) {
    add(name, raw: "[\(values.map { JSONString.quoted($0, .line) }.joined(separator: ", "))]")
  }
  mutating func add(_ name: String, _ values: [JSONLine]) {
    add(name, raw: "[\(values.map(\.object).joined(separator: ", "))]")
  }
  mutating func add(_ name: String, _ value: Int?) { add(name, raw: value.map { "\($0)" } ?? "null") }
  mutating func add(_ name: String, _ values: [Double]?) {
    add(name, raw: values.map { "[\($0.map(\.description).joined(separator: ", "))]" } ?? "null")
  }

  /// Writes the number always with a point or an exponent, because loaders read a column of integers as another type.
  mutating func add(_ name: String, _ value: Double?) { add(name, raw: value?.description ?? "null") }

  private mutating func add(_ name: String, raw: String) {
    if text.utf8.count > 1 { text += ", " }
    text += "\(JSONString.quoted(name, .line)): \(raw)"
  }

  private var object: String { text + "}" }

  /// The line, with its line feed.
  var line: String { object + "\n" }
}
