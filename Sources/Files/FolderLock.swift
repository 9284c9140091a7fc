import CFiles
import Glibc

/// An exclusive lock between processes on a folder itself, for folders that are written whole and then renamed.
///
/// As with ``FileLock``, it is held until the value is released or the process ends, for whatever reason.
package final class FolderLock: Sendable {
  private let path: String
  private let descriptor: Int32

  /// Takes the lock of the folder with this name; nil if another process holds it.
  ///
  /// - Parameter making: Whether the folder is created if it is missing.
  /// - Throws: `FileError`: `missing` if there is no such folder, or another one has just replaced it.
  package init?(ifFree path: String, making: Bool) throws(FileError) {
    self.path = path
    while true {
      if making { try Folder.make(path) }
      let folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      if folder < 0, errno == ENOENT, making { continue }
      guard folder >= 0 else { throw FileError(path, "the folder cannot be opened") }
      guard Descriptor.uninterrupted({ flock(folder, LOCK_EX | LOCK_NB) }) == 0 else {
        let reason = SystemError()
        close(folder)
        if reason.number == EWOULDBLOCK { return nil }
        throw FileError(path, "the folder cannot be locked", reason)
      }
      // The previous holder of the lock may have renamed the folder after it was opened here.
      if Self.isNamed(folder, path) {
        descriptor = folder
        return
      }
      close(folder)
      guard making else { throw FileError(.missing, file: path, "another process has just replaced it: try again") }
    }
  }

  deinit { close(descriptor) }

  /// Syncs the folder's whole file system to disk: one wait instead of one for each file.
  package func syncVolume() throws(FileError) {
    guard cfiles_sync_file_system(descriptor) == 0 else { throw FileError(path, "cannot be made durable") }
  }

  private static func isNamed(_ descriptor: Int32, _ path: String) -> Bool {
    var (opened, named) = (stat(), stat())
    return fstat(descriptor, &opened) == 0 && lstat(path, &named) == 0
      && (opened.st_dev, opened.st_ino) == (named.st_dev, named.st_ino)
  }
}
