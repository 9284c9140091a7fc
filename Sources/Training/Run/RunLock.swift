import Files

/// The right to train in a folder: one process at a time, until it lets go or ends in whatever way.
package struct RunLock: Sendable {
  private let lock: FileLock

  /// Makes the folder where it is missing.
  ///
  /// - Throws: `TrainingError` (`locked`) if another process trains in it, `FileError` if it cannot be used.
  package init(folder: String) throws {
    try Folder.make(folder)
    guard let lock = try FileLock(ifFree: "\(folder)/lock") else {
      throw TrainingError(
        .locked, "another process trains in \(folder): wait until it ends, or name another folder")
    }
    self.lock = lock
  }
}
