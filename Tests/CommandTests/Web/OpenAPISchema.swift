import Foundation

/// Compares documents with the schemas of a description: the keywords that it uses, and no others.
struct OpenAPISchema {
  private let schemas: [String: [String: Any]]

  init(_ description: [String: Any]) {
    schemas = (description["components"] as? [String: Any])?["schemas"] as? [String: [String: Any]] ?? [:]
  }

  func faults(_ value: Any, _ schema: Any, at place: String) -> [String] {
    guard let schema = schema as? [String: Any] else { return ["\(place): no schema"] }
    if let reference = schema["$ref"] as? String {
      guard let known = schemas[reference.split(separator: "/").last.map(String.init) ?? ""] else {
        return ["\(place): no schema \(reference)"]
      }
      return faults(value, known, at: place)
    }
    if let any = schema["anyOf"] as? [Any] {
      let found = any.map { faults(value, $0, at: place) }
      return found.contains { $0.isEmpty } ? [] : found.flatMap { $0 }
    }
    let types = (schema["type"] as? [String]) ?? (schema["type"] as? String).map { [$0] } ?? []
    guard types.contains(where: { Self.isOf($0, value) }) else { return ["\(place): \(value) is not \(types)"] }
    var found: [String] = []
    if let object = value as? [String: Any] {
      for key in schema["required"] as? [String] ?? [] where object[key] == nil { found.append("\(place): no \(key)") }
      let properties = schema["properties"] as? [String: Any] ?? [:]
      for (key, value) in object {
        if let own = properties[key] ?? schema["additionalProperties"] {
          found += faults(value, own, at: "\(place).\(key)")
        }
      }
    }
    if let items = schema["items"], let array = value as? [Any] {
      for (index, item) in array.enumerated() { found += faults(item, items, at: "\(place)[\(index)]") }
    }
    return found
  }

  private static func isOf(_ type: String, _ value: Any) -> Bool {
    switch type {
    case "null": value is NSNull
    case "string": value is String
    case "boolean": value is Bool
    case "array": value is [Any]
    case "object": value is [String: Any]
    case "integer": (value as? NSNumber).map { $0.doubleValue == $0.doubleValue.rounded() } ?? false
    case "number": value is NSNumber
    default: false
    }
  }
}
