/// The result of a garbage collection.
package struct CollectReport: Codable, Hashable, Sendable {
  /// Files without an image row whose grace period has not ended.
  package var waiting = 0
  package var deleted = 0
  package var bytesFreed: Int64 = 0
  /// Files that image rows name.
  package var kept = 0
  /// Temporary files left by interrupted writes.
  package var temporaryDeleted = 0

  package init() {}
}
