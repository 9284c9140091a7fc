/// A violation of one of the farm's promises.
package struct AuditFinding: Codable, Hashable, Sendable {
  /// The promise's number.
  package let promise: Int
  /// The check's name, for example `image.unclaimed`.
  package let check: String
  /// A description of the violation.
  package let message: String
  /// The first affected rows, in words.
  package let rows: [String]
  /// The total number of affected rows.
  package let count: Int
}
