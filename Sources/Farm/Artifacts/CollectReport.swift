/// What a garbage collection did.
package struct CollectReport: Codable, Hashable, Sendable {
  /// Files without an image row that wait for the grace period.
  package var waiting = 0
  package var deleted = 0
  package var bytesFreed: Int64 = 0
  /// Files that image rows name.
  package var kept = 0
  /// Files that interrupted writes had left.
  package var temporaryDeleted = 0

  package init() {}
}
