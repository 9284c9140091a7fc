import Files
import Foundation

/// JSON in canonical form (RFC 8785), which is the same for equal values: no white space, members in the order of their
/// names' UTF-16 code units, numbers as ECMAScript writes doubles, only the necessary escapes.
package enum CanonicalJSON {
  /// The canonical UTF-8 bytes of `value`.
  ///
  /// - Throws: `EncodingError` if the value contains a number that is not finite.
  package static func encode(_ value: some Encodable) throws -> [UInt8] {
    let plain = try JSONEncoder().encode(value)
    return try encode(JSONDecoder().decode(JSONValue.self, from: plain))
  }

  /// The canonical UTF-8 bytes of `value`.
  ///
  /// - Throws: `EncodingError` if the value contains a number that is not finite.
  package static func encode(_ value: JSONValue) throws -> [UInt8] {
    var text = ""
    try write(value, to: &text)
    return Array(text.utf8)
  }

  private static func write(_ value: JSONValue, to text: inout String) throws {
    switch value {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .string(let value): text += JSONString.quoted(value)
    case .number(let value):
      guard value.isFinite else {
        throw EncodingError.invalidValue(
          value, EncodingError.Context(codingPath: [], debugDescription: "JSON cannot hold the number \(value)")
        )
      }
      text += number(value)
    case .array(let values):
      text += "["
      for (index, value) in values.enumerated() {
        if index > 0 { text += "," }
        try write(value, to: &text)
      }
      text += "]"
    case .object(let members):
      text += "{"
      let sorted = members.sorted { $0.key.utf16.lexicographicallyPrecedes($1.key.utf16) }
      for (index, member) in sorted.enumerated() {
        if index > 0 { text += "," }
        text += JSONString.quoted(member.key)
        text += ":"
        try write(member.value, to: &text)
      }
      text += "}"
    }
  }

  /// ECMAScript's Number::toString (ECMA-262, 6.1.6.1.20): the shortest digits that read back as the same double.
  static func number(_ value: Double) -> String {
    guard value != 0 else { return "0" }
    guard value > 0 else { return "-" + number(-value) }
    // Swift's description has the same digits; only the positions of point and exponent differ.
    let parts = value.description.split(separator: "e")
    let sides = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    let fraction = sides.count == 2 && sides[1] != "0" ? sides[1] : ""
    let all = sides[0] + fraction
    let leading = all.prefix { $0 == "0" }.count
    // The value is 0.d₁d₂…dₖ × 10ⁿ.
    let point = sides[0].count + (parts.count == 2 ? Int(parts[1]) ?? 0 : 0) - leading
    var digits = all.dropFirst(leading)
    while digits.last == "0" { digits.removeLast() }
    let count = digits.count
    switch point {
    case count...21: return digits + String(repeating: "0", count: point - count)
    case 1...21: return digits.prefix(point) + "." + digits.dropFirst(point)
    case -5...0: return "0." + String(repeating: "0", count: -point) + digits
    default:
      let mantissa = count == 1 ? String(digits) : digits.prefix(1) + "." + digits.dropFirst()
      return "\(mantissa)e\(point > 0 ? "+" : "")\(point - 1)"
    }
  }
}
