/// A breach of one of the farm's promises.
package struct AuditFinding: Codable, Hashable, Sendable {
  /// The promise's number.
  package let promise: Int
  /// Such as `image.unclaimed`.
  package let check: String
  /// What is wrong.
  package let message: String
  /// The first of the rows, in words.
  package let rows: [String]
  /// How many rows there are in all.
  package let count: Int
}
