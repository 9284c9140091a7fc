import CFiles
import Glibc

/// An exclusive lock between processes on a folder itself, for folders that are written whole and then renamed.
///
/// As with ``FileLock``, it is held until it is dropped or the process ends in whatever way.
package final class FolderLock: Sendable {
  private let path: String
  private let descriptor: Int32

  /// Takes the lock of the folder that has this name; nil where somebody else holds it.
  ///
  /// - Parameter making: makes the folder where it is missing.
  /// - Throws: `FileError`: `missing` where the folder is not there, or was replaced by another one at this moment.
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
      // Whoever held the lock before may have given the folder another name after it was opened here.
      if Self.isNamed(folder, path) {
        descriptor = folder
        return
      }
      close(folder)
      guard making else { throw FileError(.missing, file: path, "another process has just replaced it: try again") }
    }
  }

  deinit { close(descriptor) }

  /// Writes everything of the folder's file system to its disk: one wait in place of one for each file.
  package func syncVolume() throws(FileError) {
    guard cfiles_sync_file_system(descriptor) == 0 else { throw FileError(path, "cannot be made durable") }
  }

  private static func isNamed(_ descriptor: Int32, _ path: String) -> Bool {
    var (opened, named) = (stat(), stat())
    return fstat(descriptor, &opened) == 0 && lstat(path, &named) == 0
      && (opened.st_dev, opened.st_ino) == (named.st_dev, named.st_ino)
  }
}
