import Checkpoints
import Foundation

/// Files that the user names to be written.
package enum OutputFile {
  /// Refuses a path that a rename would replace with a file although it is a folder or a device.
  ///
  /// - Throws: `InputError`.
  package static func check(_ path: String) throws {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG else { return }
    let kind = status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "not a regular file"
    throw InputError("\(path) is \(kind): name a file to write")
  }

  /// Writes a file whole and durable, or not at all.
  ///
  /// - Throws: `InputError` as ``check(_:)``, `CheckpointError` where the system refuses.
  package static func write(_ bytes: [UInt8], to path: String) throws {
    try check(path)
    try AtomicFile.write(path: path, bytes: bytes)
  }
}
