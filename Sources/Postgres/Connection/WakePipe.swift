import Files
import Foundation

/// A pipe that ends a `poll` in another thread.
final class WakePipe: Sendable {
  let readEnd: Int32
  private let writeEnd: Int32

  /// - Throws: ``PostgresError`` (`connectionFailed`) if the process is out of file descriptors.
  init() throws {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw PostgresError(
        .connectionFailed, "a pipe could not be opened: \(SystemError())",
        hint: "raise the limit on open files (ulimit -n) or open fewer connections")
    }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    readEnd = ends[0]
    writeEnd = ends[1]
  }

  deinit {
    close(readEnd)
    close(writeEnd)
  }

  func wake() {
    var byte: UInt8 = 1
    // If the pipe is full, it already wakes its reader.
    _ = write(writeEnd, &byte, 1)
  }

  func drain() {
    var bytes: (UInt64, UInt64) = (0, 0)
    while read(readEnd, &bytes, 16) > 0 {}
  }
}
