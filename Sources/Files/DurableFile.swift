import Glibc

/// A file that appears under its name only when it is complete and on disk: it is written beside its target, synced and
/// renamed, and then its folder is synced.
///
/// Readers of the name see the old file or the new one, never a part of one. If a call throws or the value is released
/// before ``commit()``, the temporary file is removed. Only a process that is killed leaves one behind; see
/// ``removeLeftovers(in:)``.
package final class DurableFile {
  private let path: String
  private let temporary: String
  private var descriptor: Int32
  private var buffer: [UInt8] = []

  /// Bytes up to which small writes are buffered.
  private static let bufferSize = 1 << 20
  private static let suffix = ".part"

  /// Opens a temporary file in the folder of `path`: a rename is atomic only within one file system.
  ///
  /// - Parameter isSecret: whether only the owner may read it, from the first byte on.
  package init(_ path: String, isSecret: Bool = false) throws(FileError) {
    self.path = path
    let name = path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
    let unique = Hex.encode(withUnsafeBytes(of: UInt64.random(in: 0...UInt64.max)) { Array($0) })
    // A name of the maximum length has no room for the suffix.
    let stem = name.utf8.count <= 200 ? name : ""
    temporary = "\(Folder.parent(of: path))/.\(stem).\(unique)\(Self.suffix)"
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, isSecret ? 0o600 : 0o666)
    guard descriptor >= 0 else { throw FileError(path, "cannot be created") }
  }

  deinit {
    guard descriptor >= 0 else { return }
    close(descriptor)
    unlink(temporary)
  }

  /// Adds bytes to the end of the file.
  package func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    if buffer.count + bytes.count > Self.bufferSize { try flush() }
    if bytes.count >= Self.bufferSize {
      try put(bytes)
    } else {
      buffer.append(contentsOf: bytes)
    }
  }

  package func write(_ bytes: [UInt8]) throws(FileError) {
    buffer.append(contentsOf: bytes)
    if buffer.count >= Self.bufferSize { try flush() }
  }

  package func write(_ text: String) throws(FileError) {
    buffer.append(contentsOf: text.utf8)
    if buffer.count >= Self.bufferSize { try flush() }
  }

  /// Makes the file durable and renames it to its final name. Nothing can be written afterwards.
  ///
  /// - Parameter syncingFolder: Whether the name is durable on return. A writer of many files passes false and syncs
  ///   the folder once at the end.
  package func commit(syncingFolder: Bool = true) throws(FileError) {
    try flush()
    // A failed fsync may have dropped the dirty pages, so a second one could succeed wrongly: the file is removed.
    guard fsync(descriptor) == 0 else { throw FileError(path, "cannot be made durable") }
    let file = descriptor
    descriptor = -1
    guard close(file) == 0 else { throw removed(FileError(path, "cannot be closed")) }
    guard rename(temporary, path) == 0 else { throw removed(FileError(path, "cannot be put in place")) }
    if syncingFolder { try Folder.sync(Folder.parent(of: path)) }
  }

  /// Writes a whole file.
  package static func write(_ bytes: [UInt8], to path: String, syncingFolder: Bool = true) throws(FileError) {
    let file = try DurableFile(path)
    try file.put(bytes)
    try file.commit(syncingFolder: syncingFolder)
  }

  /// Writes a whole file unless its name is taken, and returns whether it was; of several writers at once, one succeeds.
  ///
  /// A file system without hard links takes the last one instead.
  ///
  /// - Parameter isSecret: whether only the owner may read it.
  @discardableResult
  package static func create(_ bytes: [UInt8], at path: String, isSecret: Bool = false) throws(FileError) -> Bool {
    let file = try DurableFile(path, isSecret: isSecret)
    try file.put(bytes)
    return try file.commitNew()
  }

  private func commitNew() throws(FileError) -> Bool {
    guard fsync(descriptor) == 0 else { throw FileError(path, "cannot be made durable") }
    guard link(temporary, path) == 0 else {
      switch errno {
      case EEXIST: return false
      case EPERM, EOPNOTSUPP:
        guard !File.exists(path) else { return false }
        try commit()
        return true
      default: throw FileError(path, "cannot be put in place")
      }
    }
    // Releasing this value removes the temporary name.
    try Folder.sync(Folder.parent(of: path))
    return true
  }

  /// Copies a file's bytes, following links.
  package static func copy(_ source: String, to path: String) throws(FileError) {
    let input = open(source, O_RDONLY | O_CLOEXEC)
    guard input >= 0 else { throw FileError(source, "cannot be read") }
    defer { close(input) }
    let file = try DurableFile(path)
    while true {
      let bytes: [UInt8]
      do throws(SystemError) {
        bytes = try Descriptor.read(from: input, expecting: chunk, atMost: chunk)
      } catch {
        throw FileError(source, "cannot be read", error)
      }
      guard !bytes.isEmpty else { break }
      try file.write(bytes)
    }
    try file.commit()
  }

  /// Bytes that are copied at a time.
  private static let chunk = 8 << 20

  /// Removes the temporary files that killed processes left in a folder. No other process may be writing there.
  package static func removeLeftovers(in folder: String) throws(FileError) {
    for name in try Folder.names(in: folder) where isTemporary(name) { try File.remove("\(folder)/\(name)") }
  }

  /// Whether a name is `.NAME.UNIQUE.part`.
  private static func isTemporary(_ name: String) -> Bool {
    guard name.hasPrefix("."), name.hasSuffix(suffix) else { return false }
    let unique = name.dropLast(suffix.count).suffix(17)
    return unique.first == "." && unique.utf8.count == 17 && Hex.decode(unique.dropFirst()) != nil
  }

  private func flush() throws(FileError) {
    guard !buffer.isEmpty else { return }
    try put(buffer)
    buffer.removeAll(keepingCapacity: true)
  }

  private func put(_ bytes: [UInt8]) throws(FileError) {
    do throws(SystemError) {
      try Descriptor.write(bytes, to: descriptor)
    } catch {
      throw FileError(path, "cannot be written", error)
    }
  }

  private func put(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    do throws(SystemError) {
      try Descriptor.write(bytes, to: descriptor)
    } catch {
      throw FileError(path, "cannot be written", error)
    }
  }

  private func removed(_ error: FileError) -> FileError {
    unlink(temporary)
    return error
  }
}
