/// A file outside the model that an image depends on, such as a LoRA or the picture that it starts from.
package struct AddedFile: Codable, Hashable, Sendable {
  /// The path of a file or, where a folder is accepted, of a folder.
  package let path: String
  /// The SHA-256 of the file in lower-case hexadecimal; nil until the file is identified.
  package let sha256: String?

  package init(path: String, sha256: String? = nil) {
    self.path = path
    self.sha256 = sha256
  }

  /// The last component of the path.
  package var name: String { path.split(separator: "/").last.map(String.init) ?? path }

  /// The name without its ending, by which web UIs know the file.
  package var stem: String {
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return name }
    return String(name[..<dot])
  }

  /// The same file with its path resolved against a folder if it is relative.
  package func relative(to folder: String) -> AddedFile {
    path.hasPrefix("/") ? self : AddedFile(path: "\(folder)/\(path)", sha256: sha256)
  }
}
