import Foundation

/// The right to train in a folder: one process at a time, until it lets go or ends in whatever way.
package final class RunLock {
  private let descriptor: Int32

  /// Makes the folder where it is missing.
  ///
  /// - Throws: `RunLocked` where somebody else trains in it, `TrainingError` where it cannot be used.
  package init(folder: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw TrainingError("the run folder \(folder) cannot be made: \(error.localizedDescription)")
    }
    let path = "\(folder)/lock"
    // Close-on-exec: no child may hold on to it.
    descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw TrainingError("\(path) cannot be opened: \(String(cString: strerror(errno)))")
    }
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      let code = errno
      if code == EINTR { continue }
      // What is thrown here ends the object, which closes the file.
      if code == EWOULDBLOCK { throw RunLocked(folder: folder) }
      throw TrainingError("\(path) cannot be locked: \(String(cString: strerror(code)))")
    }
  }

  deinit {
    close(descriptor)
  }
}
