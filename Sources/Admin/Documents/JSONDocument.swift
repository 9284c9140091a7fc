package import Foundation

/// A JSON document as commands print it, with sorted keys, so that equal data give equal text.
package enum JSONDocument: Hashable, Sendable {
  case null
  case bool(Bool)
  case int(Int64)
  case unsigned(UInt64)
  case double(Double)
  case string(String)
  case array([JSONDocument])
  case object([String: JSONDocument])

  package init(_ value: some BinaryInteger) { self = .int(Int64(clamping: value)) }
  package init(_ value: UInt64) { self = .unsigned(value) }
  package init(_ value: String) { self = .string(value) }
  package init(_ value: Bool) { self = .bool(value) }
  /// A measured number, rounded to six decimal places. NaN and infinity become null.
  package init(measured value: Double) { self = value.isFinite ? .double((value * 1e6).rounded() / 1e6) : .null }
  /// A time in whole seconds: `2027-03-01T12:00:00Z`.
  package init(_ value: Date) { self = .string(value.formatted(.iso8601)) }

  /// Null if there is no value, because a documented key is always present.
  package init<Value>(_ value: Value?, _ make: (Value) -> JSONDocument) { self = value.map(make) ?? .null }

  /// The JSON of an encodable value.
  package init(encoding value: some Encodable) throws {
    self = try JSONDecoder().decode(JSONDocument.self, from: JSONEncoder().encode(value))
  }

  /// The document over several lines.
  package func text() throws -> String {
    try written(with: [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted])
  }

  /// The document on one line, for streams of documents.
  package func line() throws -> String {
    try written(with: [.sortedKeys, .withoutEscapingSlashes])
  }

  private func written(with formatting: JSONEncoder.OutputFormatting) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}

extension JSONDocument: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int64.self) {
      self = .int(value)
    } else if let value = try? container.decode(UInt64.self) {
      self = .unsigned(value)
    } else if let value = try? container.decode(Double.self) {
      self = .double(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONDocument].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONDocument].self))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .int(let value): try container.encode(value)
    case .unsigned(let value): try container.encode(value)
    case .double(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .array(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }
}
