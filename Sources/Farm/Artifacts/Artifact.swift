/// A file of the store.
package struct Artifact: Hashable, Sendable {
  /// The digest of its bytes in hexadecimal: its name.
  package let sha256: String
  package let bytes: Int
  package let path: String
  /// False if the store had it already.
  package let isFresh: Bool
}
