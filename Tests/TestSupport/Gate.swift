import Foundation
import Synchronization

/// Holds the first program that comes to a point of its work, until it is opened: see `DebugGates`.
package final class Gate: Sendable {
  private let path: String
  private let writer = Mutex<Int32>(-1)

  /// - Parameter folder: where the program looks for gates; made if it is missing.
  package init(_ point: some CustomStringConvertible, in folder: String) throws {
    path = "\(folder)/\(point)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    guard mkfifo(path, 0o600) == 0 else {
      throw NotObserved(description: "\(path): \(String(cString: strerror(errno)))")
    }
  }

  deinit { open() }

  /// Whether a program has come to the point; it stays there, and others pass.
  package func holds() -> Bool {
    // Without a reader a FIFO cannot be opened for writing.
    let end = Foundation.open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
    guard end >= 0 else { return false }
    writer.withLock { $0 = end }
    unlink(path)
    return true
  }

  /// Lets the program go on.
  package func open() {
    let end = writer.withLock { writer in
      defer { writer = -1 }
      return writer
    }
    if end >= 0 { close(end) }
  }
}
