import Synchronization

/// The cancellation of one statement: raised from any thread, noticed by the thread that waits for the server.
///
/// Each statement has its own, so that a late cancellation cannot hit the statement after it.
final class Interrupt: Sendable {
  private let raised = Atomic(false)
  private let pipe: WakePipe

  init(_ pipe: WakePipe) {
    self.pipe = pipe
  }

  var isRaised: Bool { raised.load(ordering: .acquiring) }

  func raise() {
    raised.store(true, ordering: .releasing)
    pipe.wake()
  }
}
