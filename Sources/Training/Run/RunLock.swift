import Files

/// The right to train in a folder: one process at a time, until it lets go or ends in whatever way.
package struct RunLock: Sendable {
  private let lock: FileLock

  /// Makes the folder where it is missing.
  ///
  /// - Throws: `RunLocked` where somebody else trains in it, `FileError` where it cannot be used.
  package init(folder: String) throws {
    try Folder.make(folder)
    guard let lock = try FileLock(ifFree: "\(folder)/lock") else { throw RunLocked(folder: folder) }
    self.lock = lock
  }
}

/// Another process trains in the folder.
package struct RunLocked: Error, CustomStringConvertible, Equatable {
  package let folder: String

  package var description: String { "another process trains in \(folder): wait for its end, or name another folder" }
}
