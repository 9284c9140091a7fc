import Glibc

/// A folder that appears under its name complete, or not at all.
package enum NewFolder {
  /// Creates the folder with what `body` writes into a hidden folder beside it, which is then renamed; if `body` throws,
  /// nothing is left.
  ///
  /// - Parameter path: must not exist, or be an empty folder.
  /// - Throws: `FileError`: `unsuitable` if something is there, and the errors of `body`.
  package static func make(_ path: String, _ body: (String) throws -> Void) throws {
    try requireRoom(at: path)
    var path = path
    while path.count > 1, path.last == "/" { path.removeLast() }
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let unique = Hex.encode(withUnsafeBytes(of: UInt64.random(in: 0...UInt64.max)) { Array($0) })
    let aside = "\(Folder.parent(of: path))/.\(name.utf8.count <= 200 ? name : "").\(unique).partial"
    try Folder.make(aside)
    do {
      try body(aside)
      try Folder.sync(aside)
      guard rename(aside, path) == 0 else { throw FileError(path, "the folder cannot be put in place") }
    } catch {
      try? remove(aside)
      throw error
    }
    try Folder.sync(Folder.parent(of: path))
  }

  /// - Throws: `FileError`: `unsuitable` if `path` is a file or a folder with contents.
  package static func requireRoom(at path: String) throws(FileError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard Folder.isFolder(path) else {
      throw FileError(.unsuitable, file: path, "is a file: choose a new folder")
    }
    guard try Folder.names(in: path).isEmpty else {
      throw FileError(.unsuitable, file: path, "the folder is not empty: choose a new one")
    }
  }

  private static func remove(_ folder: String) throws(FileError) {
    let entries = try Folder.entries(below: folder)
    for file in entries.files { try File.remove("\(folder)/\(file)") }
    for inner in entries.folders.reversed() { try Folder.removeIfEmpty("\(folder)/\(inner)") }
    try Folder.removeIfEmpty(folder)
  }
}
