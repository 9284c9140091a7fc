import Foundation
import Synchronization
import TestSupport
import Worker

/// Holds the first daemon of a farm that comes to a point of its work, until it is opened: see ``DebugGates``.
final class Gate: Sendable {
  private let path: String
  private let writer = Mutex<Int32>(-1)

  init(_ point: WorkPoint, in folder: String) throws {
    path = "\(folder)/\(point)"
    guard mkfifo(path, 0o600) == 0 else {
      throw NotObserved(description: "\(path): \(String(cString: strerror(errno)))")
    }
  }

  deinit { open() }

  /// Waits until a daemon has come to the point; it stays there, and others pass.
  func holds(_ daemon: Daemon) async throws {
    do {
      try await eventually("a daemon comes to \(path)", within: .seconds(90)) {
        // Without a reader a FIFO cannot be opened for writing.
        let end = Foundation.open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
        guard end >= 0 else { return false }
        writer.withLock { $0 = end }
        return true
      }
    } catch {
      throw NotObserved(description: "\(error); the daemon's log:\n\(daemon.text)")
    }
    unlink(path)
  }

  /// Lets the daemon go on.
  func open() {
    let end = writer.withLock { writer in
      defer { writer = -1 }
      return writer
    }
    if end >= 0 { close(end) }
  }
}
