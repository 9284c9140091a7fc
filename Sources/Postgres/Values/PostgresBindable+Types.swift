package import Foundation

extension Int: PostgresArrayElement {
  package static var postgresType: PostgresType { .int8 }
  package static var postgresArrayType: PostgresType { .int8Array }
  package func postgresText() -> String? { String(self) }
}

extension Int64: PostgresArrayElement {
  package static var postgresType: PostgresType { .int8 }
  package static var postgresArrayType: PostgresType { .int8Array }
  package func postgresText() -> String? { String(self) }
}

extension Int32: PostgresArrayElement {
  package static var postgresType: PostgresType { .int4 }
  package static var postgresArrayType: PostgresType { .int4Array }
  package func postgresText() -> String? { String(self) }
}

/// `bigint` is signed: values of 2⁶³ or more throw instead of wrapping around.
extension UInt64: PostgresArrayElement {
  package static var postgresType: PostgresType { .int8 }
  package static var postgresArrayType: PostgresType { .int8Array }

  package func postgresText() throws -> String? {
    guard self <= UInt64(Int64.max) else {
      throw PostgresError(
        .invalidParameter, "\(self) does not fit a bigint, whose largest value is \(Int64.max)")
    }
    return String(self)
  }
}

extension Double: PostgresArrayElement {
  package static var postgresType: PostgresType { .float8 }
  package static var postgresArrayType: PostgresType { .float8Array }

  package func postgresText() -> String? {
    if isNaN { return "NaN" }
    if isInfinite { return self < 0 ? "-Infinity" : "Infinity" }
    return description
  }
}

extension Bool: PostgresArrayElement {
  package static var postgresType: PostgresType { .bool }
  package static var postgresArrayType: PostgresType { .boolArray }
  package func postgresText() -> String? { self ? "t" : "f" }
}

extension String: PostgresArrayElement {
  package static var postgresType: PostgresType { .text }
  package static var postgresArrayType: PostgresType { .textArray }

  package func postgresText() throws -> String? {
    // libpq takes C strings, so a NUL would silently truncate the value.
    guard !utf8.contains(0) else {
      throw PostgresError(.invalidParameter, "a text parameter contains a NUL character, which PostgreSQL cannot hold")
    }
    return self
  }
}

extension UUID: PostgresArrayElement {
  package static var postgresType: PostgresType { .uuid }
  package static var postgresArrayType: PostgresType { .uuidArray }
  package func postgresText() -> String? { uuidString.lowercased() }
}

/// An array of bytes is a `bytea`, not an array of numbers.
extension UInt8: PostgresArrayElement {
  package static var postgresType: PostgresType { .int4 }
  package static var postgresArrayType: PostgresType { .bytea }
  package func postgresText() -> String? { String(self) }

  package static func postgresText(of array: [UInt8]) -> String {
    ByteaText.encode(array)
  }
}

/// A date is a `timestamp with time zone` with microsecond precision.
extension Date: PostgresBindable {
  package static var postgresType: PostgresType { .timestamptz }
  package func postgresText() throws -> String? { try TimestampText.encode(self) }
}
