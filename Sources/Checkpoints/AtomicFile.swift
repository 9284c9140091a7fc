import Foundation

/// A file that appears under its name complete and durable, or not at all.
package enum AtomicFile {
  /// Runs `body`, which writes through the function it is given; then syncs, renames and syncs the folder.
  ///
  /// The temporary file stands in the same folder, because a rename is atomic only within one file system.
  /// Throws `CheckpointError` with code `unwritable`; whatever is thrown, the temporary file is gone.
  package static func write(path: String, _ body: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void) throws {
    let folder = folder(of: path)
    let name = path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    let temporary = "\(folder)/.\(name).\(getpid()).\(UInt32.random(in: .min ... .max)).tmp"

    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure(path, "cannot be created") }
    var isOpen = true
    defer {
      if isOpen { close(descriptor) }
    }
    do {
      try body { bytes in try write(bytes, to: descriptor, path) }
      guard fsync(descriptor) == 0 else { throw failure(path, "cannot be made durable") }
      isOpen = false
      guard close(descriptor) == 0 else { throw failure(path, "cannot be closed") }
      guard rename(temporary, path) == 0 else { throw failure(path, "cannot be put in place") }
    } catch {
      unlink(temporary)
      throw error
    }
    try sync(folder: folder)
  }

  /// Gives a complete and durable file another name on the same file system, in place of what stood there.
  ///
  /// Throws `CheckpointError` with code `unwritable`.
  package static func move(_ source: String, to path: String) throws {
    guard rename(source, path) == 0 else { throw failure(path, "cannot be put in place") }
    try sync(folder: folder(of: path))
  }

  private static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
  }

  private static func sync(folder: String) throws {
    let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw failure(folder, "cannot be opened to make the new name durable") }
    defer { close(directory) }
    guard fsync(directory) == 0 else { throw failure(folder, "cannot be made durable") }
  }

  /// Writes a whole file's bytes.
  package static func write(path: String, bytes: [UInt8]) throws {
    try write(path: path) { write in try bytes.withUnsafeBytes(write) }
  }

  private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = posixWrite(descriptor, rest)
      if written > 0 {
        rest = rest.dropFirst(written)
      } else if errno != EINTR {
        throw failure(path, "cannot be written")
      }
    }
  }

  private static func posixWrite(_ descriptor: Int32, _ bytes: Slice<UnsafeRawBufferPointer>) -> Int {
    let buffer = UnsafeRawBufferPointer(rebasing: bytes)
    return Foundation.write(descriptor, buffer.baseAddress, buffer.count)
  }

  private static func failure(_ path: String, _ what: String) -> CheckpointError {
    let code = errno
    let advice = code == ENOSPC || code == EDQUOT ? ": free some space and try again" : ""
    return CheckpointError(.unwritable, file: path, "\(what) (\(MappedFile.message(code)))\(advice)")
  }
}
