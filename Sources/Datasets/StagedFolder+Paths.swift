import Files
import Glibc

extension StagedFolder {
  /// The path without symbolic links; creates the folders above it.
  static func resolve(_ folder: String) throws -> String {
    var trimmed = folder
    while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
    var status = stat()
    if lstat(trimmed, &status) == 0 {
      let real = try realPath(trimmed)
      guard stat(real, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
        throw DatasetError(.folder, "\(folder) is not a folder: name a new or empty one")
      }
      var (current, above) = (stat(), stat())
      if stat(".", &current) == 0, (current.st_dev, current.st_ino) == (status.st_dev, status.st_ino) {
        throw DatasetError(
          .folder, "\(folder) is the current folder, which cannot be replaced as a whole: name a folder inside it")
      }
      if stat(split(real).parent, &above) == 0, above.st_dev != status.st_dev || real == "/" {
        throw DatasetError(
          .folder, "\(folder) is a mount point, which cannot be replaced as a whole: name a folder inside it")
      }
      return real
    }
    let (parent, name) = split(trimmed)
    guard !["", ".", ".."].contains(name) else {
      throw DatasetError(.folder, "'\(folder)' does not name a folder: name a new or empty one")
    }
    try Folder.make(parent)
    return "\(try realPath(parent))/\(name)".replacing("//", with: "/")
  }

  private static func realPath(_ path: String) throws -> String {
    guard let real = realpath(path, nil) else { throw FileError(path, "cannot be found") }
    defer { free(real) }
    return String(cString: real)
  }

  /// Splits `a/b` into `a` and `b`.
  static func split(_ path: String) -> (parent: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    return (slash == path.startIndex ? "/" : String(path[..<slash]), String(path[path.index(after: slash)...]))
  }
}
