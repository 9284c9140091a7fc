import Dispatch
import Foundation
import Synchronization

/// What Ctrl-C and SIGTERM do while a command works.
///
/// UnixSignals hands a signal to a task, which does not run while a command computes on every thread of the cooperative
/// pool; a dispatch source has a thread of its own.
final class Interrupt: Sendable {
  /// Thrown by ``check()``, and by commands that can say more about what is there.
  struct Interrupted: Error, CustomStringConvertible {
    var description = "interrupted; what was finished is there"
  }

  /// What shells make of a program that Ctrl-C ended.
  static let exitCode: Int32 = 130
  private let raised = Atomic<Bool>(false)
  // Dispatch's sources may be used from any thread; their protocol does not say so.
  private nonisolated(unsafe) let sources: [any DispatchSourceSignal]

  /// - Parameter leave: run on the first signal, and the process ends; nil to note it for ``check()`` instead,
  ///   while a second one ends the process at once.
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

  /// Signals do what they do by default again.
  deinit {
    for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
    for source in sources { source.cancel() }
  }

  /// Whether a signal has come.
  var isRaised: Bool { raised.load(ordering: .relaxed) }

  /// Throws once a signal has come.
  func check() throws {
    if isRaised { throw Interrupted() }
  }
}
