import CFiles
import Glibc

/// Creates, lists and syncs folders.
package enum Folder {
  /// Creates a folder durably, with its missing parents; does nothing if it exists.
  package static func make(_ path: String) throws(FileError) {
    if mkdir(path, 0o777) == 0 {
      try sync(parent(of: path))
      return
    }
    let reason = SystemError()
    switch reason.number {
    case EEXIST where isFolder(path):
      // The process that created it syncs its parent.
      return
    case ENOENT where parent(of: path) != path:
      try make(parent(of: path))
      try make(path)
    default:
      throw FileError(path, "the folder cannot be made", reason)
    }
  }

  package static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The names in a folder, sorted; empty if there is no such folder.
  package static func names(in folder: String) throws(FileError) -> [String] {
    guard let stream = opendir(folder) else {
      if errno == ENOENT { return [] }
      throw FileError(folder, "the folder cannot be read")
    }
    defer { closedir(stream) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != ".", name != ".." { names.append(name) }
      errno = 0
    }
    // readdir returns nil both at the end and on an error half-way; only errno tells them apart.
    guard errno == 0 else { throw FileError(folder, "the folder cannot be read") }
    return names.sorted()
  }

  /// Everything below a folder by its relative path: folders before their contents, symbolic links among the files.
  ///
  /// - Throws: also for a name that is not UTF-8, which would otherwise be missed.
  package static func entries(below folder: String) throws(FileError) -> (files: [String], folders: [String]) {
    var (files, folders): ([String], [String]) = ([], [])
    var open = [""]
    while let inner = open.popLast() {
      for name in try names(in: inner.isEmpty ? folder : "\(folder)/\(inner)") {
        let path = inner.isEmpty ? name : "\(inner)/\(name)"
        var status = stat()
        guard lstat("\(folder)/\(path)", &status) == 0 else {
          let reason = SystemError()
          // Removed meanwhile; a name that is not UTF-8 was decoded with U+FFFD and cannot be found either.
          if reason.number == ENOENT, !name.contains("\u{FFFD}") { continue }
          throw FileError("\(folder)/\(path)", "cannot be examined: rename it or move it away", reason)
        }
        if status.st_mode & S_IFMT == S_IFDIR {
          folders.append(path)
          open.append(path)
        } else {
          files.append(path)
        }
      }
    }
    return (files, folders)
  }

  /// Exchanges two names on one file system atomically; returns false if the kernel or file system cannot.
  package static func exchange(_ first: String, _ second: String) throws(SystemError) -> Bool {
    if cfiles_exchange(first, second) == 0 { return true }
    let reason = SystemError()
    guard [EINVAL, ENOSYS, EOPNOTSUPP].contains(reason.number) else { throw reason }
    return false
  }

  /// Removes a folder if it is empty; does nothing if there is none.
  package static func removeIfEmpty(_ folder: String) throws(FileError) {
    guard rmdir(folder) != 0, errno != ENOENT, errno != ENOTEMPTY, errno != EEXIST else { return }
    throw FileError(folder, "the folder cannot be removed")
  }

  /// Makes the names in a folder durable.
  package static func sync(_ folder: String) throws(FileError) {
    let file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard file >= 0 else { throw FileError(folder, "the folder cannot be opened") }
    defer { close(file) }
    guard fsync(file) == 0 else { throw FileError(folder, "the folder cannot be made durable") }
  }

  /// Syncs the file system of a folder to disk: one wait instead of one for each file.
  package static func syncVolume(of path: String) throws(FileError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path, "the folder cannot be opened") }
    defer { close(descriptor) }
    guard cfiles_sync_file_system(descriptor) == 0 else { throw FileError(path, "cannot be made durable") }
  }

  /// The path of the folder that contains `path`: `.` for a bare name, `/` for the root and its entries.
  package static func parent(of path: String) -> String {
    var path = path[...]
    while path.count > 1, path.last == "/" { path.removeLast() }
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Bytes that this user can still write to the volume of a file or folder.
  package static func freeBytes(at path: String) throws(FileError) -> Int64 {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { throw FileError(path, "its volume cannot be examined") }
    let (bytes, overflow) = Int64(clamping: status.f_bavail)
      .multipliedReportingOverflow(by: Int64(clamping: status.f_frsize))
    return overflow ? .max : bytes
  }
}
