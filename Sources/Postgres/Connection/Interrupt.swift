import Synchronization

/// The cancellation of a statement. Any thread can raise it; the thread that waits for the server observes it.
///
/// Each statement has its own interrupt, so that a late cancellation cannot affect the next statement.
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
