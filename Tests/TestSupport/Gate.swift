import Foundation
import Synchronization

/// Stops the first program that reaches a certain point until the gate opens: see `DebugGates`.
package final class Gate: Sendable {
  private let path: String
  private let writer = Mutex<Int32>(-1)

  /// - Parameter folder: the folder in which the program looks for gates; created if it is missing.
  package init(_ point: some CustomStringConvertible, in folder: String) throws {
    path = "\(folder)/\(point)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    guard mkfifo(path, 0o600) == 0 else {
      throw NotObserved(description: "\(path): \(String(cString: strerror(errno)))")
    }
  }

  deinit { open() }

  /// Whether a program has reached the point. Once this returns true, that program waits and later ones pass.
  package func holds() -> Bool {
    // Opening a FIFO for writing without blocking fails if it has no reader.
    let end = Foundation.open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
    guard end >= 0 else { return false }
    writer.withLock { $0 = end }
    unlink(path)
    return true
  }

  /// Opens the gate, so that the program continues.
  package func open() {
    let end = writer.withLock { writer in
      defer { writer = -1 }
      return writer
    }
    if end >= 0 { close(end) }
  }
}
