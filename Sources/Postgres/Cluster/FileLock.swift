import Foundation

/// An exclusive lock between processes, held until it is dropped or the process ends in whatever way.
final class FileLock {
  private let descriptor: Int32

  /// Waits for the lock; blocks the thread. Throws ``PostgresError`` (`cluster`).
  init(_ path: String) throws {
    // Close-on-exec: a server started under the lock must not hold on to it.
    descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw PostgresError(.cluster, "\(path) cannot be opened: \(String(cString: strerror(errno)))")
    }
    while flock(descriptor, LOCK_EX) != 0 {
      guard errno == EINTR else {
        let reason = String(cString: strerror(errno))
        throw PostgresError(.cluster, "\(path) cannot be locked: \(reason)")
      }
    }
  }

  deinit {
    close(descriptor)
  }
}
