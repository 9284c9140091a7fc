import Postgres

/// One check of the audit: a statement that gives a row, in words, for every breach.
package struct AuditCheck: Sendable {
  /// The promise that it checks.
  package let promise: Int
  package let name: String
  /// What a finding says.
  package let message: String
  /// Whether it takes minutes rather than seconds on a large farm.
  package let isDeep: Bool
  /// A SELECT with a single column `row`; restricted to one batch unless nil.
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

  /// Whether a row is of the batch that is asked for.
  static func scope(_ column: String, _ batch: Int64?) -> SQL {
    guard let batch else { return "true" }
    return "\(unsafeRaw: column) = \(batch)"
  }
}
