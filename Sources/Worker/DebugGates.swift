import Foundation

/// Holds a worker at chosen points of its work, so that a test or a person can look at it, kill it or cancel its job
/// exactly there.
///
/// A gate is a FIFO named like a ``WorkPoint`` in one folder, which `EMOFARM_DEBUG_GATES` names. A worker that comes to
/// the point opens the FIFO for reading and goes on when every writer has closed it; opening it for writing returns
/// when the worker has arrived:
///
///     mkfifo gates/rendered-9 && EMOFARM_DEBUG_GATES=$PWD/gates emofarmd &
///     exec 3>gates/rendered-9       # returns when image 9 is rendered; images 0 to 8 are on their way
///     kill -KILL $!                 # or let it go on: exec 3>&-
///
/// A worker without that variable looks for no gates.
package struct DebugGates: Sendable {
  /// The environment variable that names the folder.
  package static let variable = "EMOFARM_DEBUG_GATES"

  private let folder: String

  package init(folder: String) {
    self.folder = folder
  }

  /// Blocks the thread while the point's gate is closed; returns at once where there is none.
  package func pass(_ point: WorkPoint) {
    let gate = open("\(folder)/\(point)", O_RDONLY | O_CLOEXEC)
    guard gate >= 0 else { return }
    defer { close(gate) }
    var byte: UInt8 = 0
    while true {
      let count = read(gate, &byte, 1)
      if count == 0 || (count < 0 && errno != EINTR) { return }
    }
  }
}
