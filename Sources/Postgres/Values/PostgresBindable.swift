/// A value that can be interpolated into ``SQL`` and is sent as a `$n` parameter.
///
/// Every conforming type corresponds to one PostgreSQL type, so the same Swift code always prepares the same statement.
/// If another type is needed, cast in the SQL (`\(state)::job_state`).
package protocol PostgresBindable: Sendable {
  /// The declared type of the parameter.
  static var postgresType: PostgresType { get }

  /// The value in PostgreSQL's text form; nil for NULL.
  ///
  /// - Throws: ``PostgresError`` (`invalidParameter`) if PostgreSQL cannot represent the value.
  func postgresText() throws -> String?
}

/// A value that can be an element of an array parameter.
package protocol PostgresArrayElement: PostgresBindable {
  /// The declared type of an array of this element.
  static var postgresArrayType: PostgresType { get }

  /// The whole array in PostgreSQL's text form.
  static func postgresText(of array: [Self]) throws -> String
}

extension PostgresArrayElement {
  package static func postgresText(of array: [Self]) throws -> String {
    ArrayText.encode(try array.map { try $0.postgresText() })
  }
}

extension Optional: PostgresBindable where Wrapped: PostgresBindable {
  package static var postgresType: PostgresType { Wrapped.postgresType }

  package func postgresText() throws -> String? {
    try self?.postgresText()
  }
}

extension Optional: PostgresArrayElement where Wrapped: PostgresArrayElement {
  package static var postgresArrayType: PostgresType { Wrapped.postgresArrayType }
}

extension Array: PostgresBindable where Element: PostgresArrayElement {
  package static var postgresType: PostgresType { Element.postgresArrayType }

  package func postgresText() throws -> String? {
    try Element.postgresText(of: self)
  }
}
