import Files

/// The lock of a run folder. One process at a time holds it, until the process releases it or ends.
package struct RunLock: Sendable {
  private let lock: FileLock

  /// Creates the folder if it is missing.
  ///
  /// - Throws: `TrainingError` (`locked`) if another process trains in the folder, `FileError` if the folder cannot be
  ///   used.
  package init(folder: String) throws {
    try Folder.make(folder)
    guard let lock = try FileLock(ifFree: "\(folder)/lock") else {
      throw TrainingError(
        .locked, "another process trains in \(folder): wait until it ends, or choose another folder")
    }
    self.lock = lock
  }
}
