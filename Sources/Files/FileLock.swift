import Glibc

/// An exclusive lock between processes, held until it is dropped or the process ends in whatever way.
///
/// It is the kernel's (`flock`) on a file that stays: removing it would let two processes hold locks on two files of one
/// name. The descriptor is closed in programs that this one starts, so no child holds on to the lock.
package final class FileLock: Sendable {
  private let descriptor: Int32

  /// Waits for the lock; blocks the thread.
  ///
  /// - Parameters:
  ///   - path: made where it is missing; its contents do not matter.
  ///   - mode: the permissions of a file that is made.
  package init(waitingFor path: String, mode: UInt32 = 0o644) throws(FileError) {
    descriptor = try Self.open(path, mode)
    guard Descriptor.uninterrupted({ flock(descriptor, LOCK_EX) }) == 0 else {
      // Throwing deinitialises self, which closes the descriptor.
      throw FileError(path, "cannot be locked")
    }
  }

  /// Takes the lock; nil where somebody else holds it.
  package init?(ifFree path: String, mode: UInt32 = 0o644) throws(FileError) {
    descriptor = try Self.open(path, mode)
    guard Descriptor.uninterrupted({ flock(descriptor, LOCK_EX | LOCK_NB) }) == 0 else {
      if errno == EWOULDBLOCK { return nil }
      throw FileError(path, "cannot be locked")
    }
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
