/// A file of the store.
package struct Artifact: Hashable, Sendable {
  /// The SHA-256 of the bytes in hexadecimal, which is also the file's name.
  package let sha256: String
  package let bytes: Int
  package let path: String
  /// Whether this call wrote the file; false if the store already had it.
  package let isFresh: Bool
}
