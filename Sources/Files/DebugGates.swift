import Foundation

/// Stops a program at chosen points of its work, so that a test or a developer can inspect it, kill it or cancel its
/// job exactly there.
///
/// A gate is a FIFO with the name of the point, in the folder that `EMOFARM_DEBUG_GATES` names. A program that reaches
/// the point opens the FIFO for reading and continues when every writer has closed it; opening the FIFO for writing
/// returns when the program has arrived:
///
///     mkfifo gates/rendered-9 && EMOFARM_DEBUG_GATES=$PWD/gates emofarmd &
///     exec 3>gates/rendered-9       # returns when image 9 is rendered; images 0 to 8 are on their way
///     kill -KILL $!                 # or let it continue: exec 3>&-
///
/// A worker's points are those of `WorkPoint`; every read of a stored image passes `read-DIGEST`; `emofarm train` stops at `trained-STEP`, `emofarm export` at the events of
/// `DatasetExport`, such as `export-image-7`. Without the variable there are no gates.
package struct DebugGates: Sendable {
  /// The environment variable that names the folder.
  package static let variable = "EMOFARM_DEBUG_GATES"

  /// nil if there are no gates.
  private let folder: String?

  package init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    folder = environment[Self.variable].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Blocks the thread while the point's gate is closed; returns at once if there is none.
  package func pass(_ point: some CustomStringConvertible) {
    guard let folder else { return }
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
