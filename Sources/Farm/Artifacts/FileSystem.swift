import Foundation

/// The few calls of the operating system that a durable store needs, with their errors in words.
package enum FileSystem {
  /// What the operating system answered.
  static func failure(_ doing: String, _ path: String, _ number: Int32 = errno) -> FarmError {
    let full = number == ENOSPC || number == EDQUOT
    let hint = full ? ": make room on the volume" : ""
    return FarmError(
      full ? .diskFull : .fileSystem, "cannot \(doing) \(path): \(String(cString: strerror(number)))\(hint)")
  }

  /// Writes a file that does not exist yet and waits until it is on the disk.
  static func writeDurably(_ bytes: [UInt8], to path: String) throws(FarmError) {
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw failure("create", path) }
    defer { close(file) }
    do throws(FarmError) {
      try write(bytes, to: file, path)
      // A failed fsync may have dropped the pages, so it is never repeated: the file is removed instead.
      guard fsync(file) == 0 else { throw failure("flush", path) }
    } catch {
      unlink(path)
      throw error
    }
  }

  /// Writes all bytes to an open file; `path` is its name in messages.
  package static func write(_ bytes: [UInt8], to file: Int32, _ path: String) throws(FarmError) {
    var offset = 0
    while offset < bytes.count {
      let written = bytes.withUnsafeBytes { buffer in
        Foundation.write(file, buffer.baseAddress.map { $0 + offset }, buffer.count - offset)
      }
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { throw failure("write", path, written == 0 ? ENOSPC : errno) }
      offset += written
    }
  }

  /// Waits until a folder's entries are on the disk.
  static func flush(folder: String) throws(FarmError) {
    let file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard file >= 0 else { throw failure("open", folder) }
    defer { close(file) }
    guard fsync(file) == 0 else { throw failure("flush", folder) }
  }

  /// Makes a folder durably, with those above it; one that is there is fine.
  static func makeFolder(_ path: String) throws(FarmError) {
    if mkdir(path, 0o755) == 0 {
      try flush(folder: parent(path))
      return
    }
    switch errno {
    case EEXIST:
      // Another process may have made it a moment ago and not flushed it yet.
      return
    case ENOENT where parent(path) != path:
      try makeFolder(parent(path))
      try makeFolder(path)
    default:
      throw failure("make the folder", path)
    }
  }

  static func parent(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The whole file; nil if there is none.
  static func read(_ path: String) throws(FarmError) -> [UInt8]? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    if file < 0 && errno == ENOENT { return nil }
    guard file >= 0 else { throw failure("open", path) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw failure("look at", path) }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeMutableBytes { buffer in
        Foundation.read(file, buffer.baseAddress.map { $0 + offset }, buffer.count - offset)
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw failure("read", path) }
      guard count > 0 else { return Array(bytes.prefix(offset)) }
      offset += count
    }
    return bytes
  }

  /// Size and time of last change; nil if there is no such file.
  static func look(at path: String) throws(FarmError) -> (bytes: Int64, modified: Date)? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOENT { return nil }
      throw failure("look at", path)
    }
    let modified = Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) * 1e-9
    return (Int64(status.st_size), Date(timeIntervalSince1970: modified))
  }

  /// Sets a file's time to now; false if there is no such file.
  static func touch(_ path: String) throws(FarmError) -> Bool {
    guard utimensat(AT_FDCWD, path, nil, 0) != 0 else { return true }
    if errno == ENOENT { return false }
    throw failure("touch", path)
  }
}
