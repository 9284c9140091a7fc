package import Foundation

/// A value that can be read from a column of a ``PostgresRow``.
package protocol PostgresDecodable: Sendable {
  /// Decodes the server's text form; returns nil if it is not a value of this type.
  init?(postgresText text: String)
}

extension String: PostgresDecodable {
  package init?(postgresText text: String) { self = text }
}

extension Int: PostgresDecodable {
  package init?(postgresText text: String) { self.init(text) }
}

extension Int32: PostgresDecodable {
  package init?(postgresText text: String) { self.init(text) }
}

extension Int64: PostgresDecodable {
  package init?(postgresText text: String) { self.init(text) }
}

extension UInt64: PostgresDecodable {
  package init?(postgresText text: String) { self.init(text) }
}

extension Double: PostgresDecodable {
  package init?(postgresText text: String) {
    switch text {
    case "NaN": self = .nan
    case "Infinity": self = .infinity
    case "-Infinity": self = -.infinity
    default: self.init(text)
    }
  }
}

extension Bool: PostgresDecodable {
  package init?(postgresText text: String) {
    switch text {
    case "t": self = true
    case "f": self = false
    default: return nil
    }
  }
}

extension UUID: PostgresDecodable {
  package init?(postgresText text: String) { self.init(uuidString: text) }
}

extension Date: PostgresDecodable {
  package init?(postgresText text: String) {
    guard let date = TimestampText.decode(text) else { return nil }
    self = date
  }
}

/// A type that can be decoded as an element of an array column.
package protocol PostgresDecodableElement: PostgresDecodable {
  /// Decodes an array; returns nil if the text is not an array of this element.
  static func decodeArray(postgresText text: String) -> [Self]?
}

extension PostgresDecodableElement {
  package static func decodeArray(postgresText text: String) -> [Self]? {
    guard let elements = ArrayText.decode(text) else { return nil }
    var values: [Self] = []
    for element in elements {
      guard let element, let value = Self(postgresText: element) else { return nil }
      values.append(value)
    }
    return values
  }
}

extension String: PostgresDecodableElement {}
extension Int: PostgresDecodableElement {}
extension Int32: PostgresDecodableElement {}
extension Int64: PostgresDecodableElement {}
extension Double: PostgresDecodableElement {}
extension Bool: PostgresDecodableElement {}
extension UUID: PostgresDecodableElement {}

/// Bytes are the elements of a `bytea`.
extension UInt8: PostgresDecodableElement {
  package init?(postgresText text: String) { self.init(text) }

  package static func decodeArray(postgresText text: String) -> [UInt8]? {
    ByteaText.decode(text)
  }
}

extension Array: PostgresDecodable where Element: PostgresDecodableElement {
  package init?(postgresText text: String) {
    guard let values = Element.decodeArray(postgresText: text) else { return nil }
    self = values
  }
}
