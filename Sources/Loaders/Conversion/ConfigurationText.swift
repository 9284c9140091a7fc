import Files
import Foundation

/// Writes configurations as Python does: `1.0` for a whole number that is a fraction by type, because transformers
/// refuses an integer in its place.
enum ConfigurationText {
  static func of(_ values: [String: Any]) -> String { text(values, indent: "") + "\n" }

  private static func text(_ value: Any, indent: String) -> String {
    let inner = indent + "  "
    switch value {
    case let entries as [String: Any]:
      let lines = entries.sorted { $0.key < $1.key }
        .map { "\(inner)\(JSONString.quoted($0.key)): \(text($0.value, indent: inner))" }
      return "{\n\(lines.joined(separator: ",\n"))\n\(indent)}"
    case let items as [Any]:
      return "[\n\(items.map { inner + text($0, indent: inner) }.joined(separator: ",\n"))\n\(indent)]"
    case let word as String: return JSONString.quoted(word)
    case let flag as Bool: return flag ? "true" : "false"
    case let whole as Int: return String(whole)
    case let number as Double: return "\(number)"
    default: return "null"
    }
  }
}
