package import Vocabulary

extension ModelFile {
  /// Reads the file at `file`, of any kind, and records it under the name `path`.
  package init(hashing file: String, as path: String) throws {
    let mapped = try MappedFile(path: file)
    self.init(path: path, bytes: mapped.count, sha256: mapped.sha256())
  }
}
