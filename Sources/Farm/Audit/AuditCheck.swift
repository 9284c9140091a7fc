import Postgres

/// A check of the audit: a statement that returns a row, in words, for every violation.
package struct AuditCheck: Sendable {
  /// The number of the promise that it checks.
  package let promise: Int
  package let name: String
  /// The finding's message.
  package let message: String
  /// Whether it takes minutes rather than seconds on a large farm.
  package let isDeep: Bool
  /// A SELECT with a single column `row`, restricted to a batch unless the argument is nil.
  let statement: @Sendable (_ batch: Int64?) -> SQL

  init(
    _ promise: Int, _ name: String, _ message: String, isDeep: Bool = false,
    _ statement: @escaping @Sendable (_ batch: Int64?) -> SQL
  ) {
    self.promise = promise
    self.name = name
    self.message = message
    self.isDeep = isDeep
    self.statement = statement
  }

  /// A condition that restricts rows to the requested batch.
  static func scope(_ column: String, _ batch: Int64?) -> SQL {
    guard let batch else { return "true" }
    return "\(unsafeRaw: column) = \(batch)"
  }
}
