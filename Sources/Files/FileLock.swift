import Glibc

/// A lock between processes, exclusive unless it is shared, held until the value is released or the process ends, for whatever reason.
///
/// It uses `flock` on a file that stays: if the file were removed, two processes could lock two files of one name. The
/// descriptor is closed on exec, so no child process keeps the lock.
package final class FileLock: Sendable {
  private let descriptor: Int32

  /// Waits for the lock; blocks the thread.
  ///
  /// - Parameters:
  ///   - path: The lock file, created if it is missing; its contents do not matter.
  ///   - mode: The permissions of a created file.
  package init(waitingFor path: String, mode: UInt32 = 0o644) throws(FileError) {
    descriptor = try Self.open(path, mode)
    guard Descriptor.uninterrupted({ flock(descriptor, LOCK_EX) }) == 0 else {
      // Throwing deinitialises self, which closes the descriptor.
      throw FileError(path, "cannot be locked")
    }
  }

  /// Takes the lock; nil if another process holds it.
  package init?(ifFree path: String, mode: UInt32 = 0o644) throws(FileError) {
    descriptor = try Self.open(path, mode)
    guard Descriptor.uninterrupted({ flock(descriptor, LOCK_EX | LOCK_NB) }) == 0 else {
      if errno == EWOULDBLOCK { return nil }
      throw FileError(path, "cannot be locked")
    }
  }

  /// Takes the lock together with others that share it; nil if a process holds it alone.
  package init?(sharing path: String, mode: UInt32 = 0o644) throws(FileError) {
    descriptor = try Self.open(path, mode)
    guard Descriptor.uninterrupted({ flock(descriptor, LOCK_SH | LOCK_NB) }) == 0 else {
      if errno == EWOULDBLOCK { return nil }
      throw FileError(path, "cannot be locked")
    }
  }

  /// Shares a lock that was held alone. Another process may hold it alone for a moment in between.
  package func share() throws(SystemError) {
    guard Descriptor.uninterrupted({ flock(descriptor, LOCK_SH) }) == 0 else { throw SystemError(errno) }
  }

  deinit {
    close(descriptor)
  }

  private static func open(_ path: String, _ mode: UInt32) throws(FileError) -> Int32 {
    let descriptor = Glibc.open(path, O_CREAT | O_RDWR | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw FileError(path, "cannot be opened") }
    return descriptor
  }
}
