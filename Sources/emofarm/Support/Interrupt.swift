import Dispatch
import Foundation
import Synchronization

/// Handles Ctrl-C and SIGTERM while a command runs.
///
/// UnixSignals hands a signal to a task, which does not run while a command computes on every thread of the cooperative
/// pool; a dispatch source runs on a separate thread.
final class Interrupt: Sendable {
  /// Thrown by ``check()``, and by commands that can describe what was saved.
  struct Interrupted: Error, CustomStringConvertible {
    var description = "interrupted; finished work is kept"
  }

  /// The exit code that shells give a program ended by Ctrl-C: 128 + SIGINT.
  static let exitCode: Int32 = 130
  private let raised = Atomic<Bool>(false)
  // Dispatch sources are thread-safe, but their protocol is not marked Sendable.
  private nonisolated(unsafe) let sources: [any DispatchSourceSignal]

  /// - Parameter leave: runs on the first signal, after which the process exits. If nil, the first signal is noted
  ///   for ``check()``, and a second one ends the process at once.
  init(leave: (@Sendable () -> Void)? = nil) {
    var sources: [any DispatchSourceSignal] = []
    for number in [SIGINT, SIGTERM] {
      signal(number, SIG_IGN)
      sources.append(DispatchSource.makeSignalSource(signal: number, queue: .global()))
    }
    self.sources = sources
    for source in sources {
      source.setEventHandler { [weak self] in
        leave?()
        guard leave == nil, let self, !self.raised.exchange(true, ordering: .relaxed) else {
          exit(Self.exitCode)
        }
      }
      source.resume()
    }
  }

  /// Restores the default handling of the signals.
  deinit {
    for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
    for source in sources { source.cancel() }
  }

  /// Whether a signal has arrived.
  var isRaised: Bool { raised.load(ordering: .relaxed) }

  /// Throws if a signal has arrived.
  func check() throws {
    if isRaised { throw Interrupted() }
  }
}
