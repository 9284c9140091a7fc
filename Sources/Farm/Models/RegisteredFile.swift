/// A file of a model folder, as it was when the model was registered.
package struct RegisteredFile: Codable, Hashable, Sendable {
  /// Relative to the model folder.
  package let path: String
  package let bytes: Int
  /// In hexadecimal.
  package let sha256: String

  package init(path: String, bytes: Int, sha256: String) {
    self.path = path
    self.bytes = bytes
    self.sha256 = sha256
  }
}
