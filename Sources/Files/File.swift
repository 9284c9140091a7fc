package import Glibc

/// Whole files by their paths; ``DurableFile`` writes them.
package enum File {
  /// Bytes of the largest file that is read unless a caller says otherwise: what is larger is mapped, not read.
  package static let largest = 1 << 31

  /// Whether something has this name, be it a link that leads nowhere.
  package static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// Whether `path` is a regular file, or a link to one.
  package static func isRegular(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// Bytes of a regular file; nil when there is none (a link is not one).
  package static func size(_ path: String) -> Int? {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }

  /// What the system knows of a file, or of what a link leads to; nil when there is none.
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
  /// - Parameter limit: Bytes of the largest file that is read.
  /// - Throws: `FileError`: `missing`, `unsuitable` for what is no regular file or is too large, `system`.
  package static func read(_ path: String, atMost limit: Int = largest) throws(FileError) -> [UInt8] {
    try read(path, atMost: limit, isStreamAllowed: false)
  }

  /// The bytes of a regular file; nil when there is none.
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
    // Opening a pipe would wait for a writer, only to refuse it.
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

  /// Writes a file in place, without waiting until it is on disk: for files that a later durable one vouches for.
  package static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    try write(CollectionOfOne(bytes), to: path)
  }

  /// Writes a file of several parts in place, without waiting until it is on disk.
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

  /// Removes a file; none is fine.
  package static func remove(_ path: String) throws(FileError) {
    guard unlink(path) != 0, errno != ENOENT else { return }
    throw FileError(path, "cannot be removed")
  }

  /// Gives a file another name on the same file system, in place of what had it; false if there is no such file.
  ///
  /// The new name is durable once its folder is synced.
  package static func rename(_ path: String, to target: String) throws(FileError) -> Bool {
    guard Glibc.rename(path, target) != 0 else { return true }
    if errno == ENOENT { return false }
    throw FileError(path, "cannot be renamed to \(target)")
  }

  /// Gives a complete and durable file its place, on the same file system, and makes the new name durable.
  package static func move(_ source: String, to path: String) throws(FileError) {
    guard Glibc.rename(source, path) == 0 else { throw FileError(path, "cannot be put in place") }
    try Folder.sync(Folder.parent(of: path))
  }

  /// Sets a file's time to now; false if there is no such file.
  package static func touch(_ path: String) throws(FileError) -> Bool {
    guard utimensat(AT_FDCWD, path, nil, 0) != 0 else { return true }
    if errno == ENOENT { return false }
    throw FileError(path, "cannot be touched")
  }
}
