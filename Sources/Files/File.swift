package import Glibc

/// Whole files by their paths; ``DurableFile`` writes them.
package enum File {
  /// Default limit in bytes of a file that is read; larger files are mapped instead.
  package static let largest = 1 << 31

  /// Whether the name exists, even as a dangling link.
  package static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// Whether `path` is a regular file, or a link to one.
  package static func isRegular(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// The size of a regular file in bytes; nil if there is none (a link does not count).
  package static func size(_ path: String) -> Int? {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }

  /// The status of a file, or of a link's target; nil if there is none.
  package static func status(_ path: String) throws(FileError) -> stat? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOENT { return nil }
      throw FileError(path, "cannot be examined")
    }
    return status
  }

  /// The bytes of a regular file.
  ///
  /// - Parameter limit: Largest size in bytes that is accepted.
  /// - Throws: `FileError`: `missing`, `unsuitable` if it is not a regular file or is too large, `system`.
  package static func read(_ path: String, atMost limit: Int = largest) throws(FileError) -> [UInt8] {
    try read(path, atMost: limit, isStreamAllowed: false)
  }

  /// The first bytes of a regular file and its size; nil if there is none.
  package static func beginning(
    of path: String, atMost limit: Int
  ) throws(FileError) -> (bytes: [UInt8], size: Int)? {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else {
      if errno == ENOENT { return nil }
      throw FileError(path, "cannot be read")
    }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw FileError(path, "cannot be examined") }
    guard status.st_mode & S_IFMT == S_IFREG else { throw FileError(.unsuitable, file: path, "is not a file") }
    do throws(SystemError) {
      let size = Int(status.st_size)
      return (try Descriptor.read(from: file, expecting: min(size, limit), atMost: limit), size)
    } catch {
      throw FileError(path, "cannot be read", error)
    }
  }

  /// The bytes of a regular file; nil if there is none.
  package static func contents(_ path: String) throws(FileError) -> [UInt8]? {
    do throws(FileError) {
      return try read(path)
    } catch {
      guard error.code == .missing else { throw error }
      return nil
    }
  }

  /// The bytes of a file or of a stream, such as a pipe, which ends when its writers close it.
  package static func readStream(_ path: String, atMost limit: Int = largest) throws(FileError) -> [UInt8] {
    try read(path, atMost: limit, isStreamAllowed: true)
  }

  private static func read(
    _ path: String, atMost limit: Int, isStreamAllowed: Bool
  ) throws(FileError) -> [UInt8] {
    // O_NONBLOCK: opening a pipe would otherwise wait for a writer, although pipes are refused here.
    let file = open(path, O_RDONLY | O_CLOEXEC | (isStreamAllowed ? 0 : O_NONBLOCK))
    guard file >= 0 else { throw FileError(path, "cannot be read") }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw FileError(path, "cannot be examined") }
    let kind = status.st_mode & S_IFMT
    guard kind != S_IFDIR else { throw FileError(.unsuitable, file: path, "is a folder, and a file is needed") }
    guard kind == S_IFREG || isStreamAllowed else { throw FileError(.unsuitable, file: path, "is not a file") }
    let size = kind == S_IFREG ? Int(status.st_size) : 0
    func tooLarge(_ count: String) -> FileError {
      FileError(.unsuitable, file: path, "has \(count) bytes, and a file of at most \(limit) is needed here")
    }
    guard size <= limit else { throw tooLarge("\(size)") }
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try Descriptor.read(from: file, expecting: size, atMost: limit + 1)
    } catch {
      throw FileError(path, "cannot be read", error)
    }
    guard bytes.count <= limit else { throw tooLarge("more than \(limit)") }
    return bytes
  }

  /// Writes a file in place without syncing it, for files whose durability a later sync covers.
  package static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    try write(CollectionOfOne(bytes), to: path)
  }

  /// Writes a file of several parts in place without syncing it.
  package static func write(_ parts: some Sequence<[UInt8]>, to path: String) throws(FileError) {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o666)
    guard file >= 0 else { throw FileError(path, "cannot be created") }
    do throws(SystemError) {
      for bytes in parts { try Descriptor.write(bytes, to: file) }
    } catch {
      close(file)
      throw FileError(path, "cannot be written", error)
    }
    guard close(file) == 0 else { throw FileError(path, "cannot be written") }
  }

  /// Removes a file; does nothing if there is none.
  package static func remove(_ path: String) throws(FileError) {
    guard unlink(path) != 0, errno != ENOENT else { return }
    throw FileError(path, "cannot be removed")
  }

  /// Renames a file within its file system and replaces the target; returns false if there is no such file.
  ///
  /// The new name is durable once its folder is synced.
  package static func rename(_ path: String, to target: String) throws(FileError) -> Bool {
    guard Glibc.rename(path, target) != 0 else { return true }
    if errno == ENOENT { return false }
    throw FileError(path, "cannot be renamed to \(target)")
  }

  /// Renames a complete and durable file within its file system and makes the new name durable.
  package static func move(_ source: String, to path: String) throws(FileError) {
    guard Glibc.rename(source, path) == 0 else { throw FileError(path, "cannot be put in place") }
    try Folder.sync(Folder.parent(of: path))
  }

  /// Sets a file's modification time to now; returns false if there is no such file.
  package static func touch(_ path: String) throws(FileError) -> Bool {
    guard utimensat(AT_FDCWD, path, nil, 0) != 0 else { return true }
    if errno == ENOENT { return false }
    throw FileError(path, "cannot be touched")
  }
}
