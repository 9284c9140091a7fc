import Foundation
import Synchronization

/// One thread of its own for work that blocks for long, so that Swift's cooperative pool never does.
///
/// What is handed in runs one after the other. The thread ends with the last reference to it.
final class DedicatedThread: Sendable {
  private final class Queue: Sendable {
    private let works = Mutex<[@Sendable () -> Void]>([])
    private let available = DispatchSemaphore(value: 0)

    /// nil ends the thread.
    func append(_ work: (@Sendable () -> Void)?) {
      if let work { works.withLock { $0.append(work) } }
      available.signal()
    }

    func run() {
      while true {
        available.wait()
        guard let work = works.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else { return }
        work()
      }
    }
  }

  private let queue = Queue()

  init(name: String) {
    let queue = queue
    let thread = Thread { queue.run() }
    thread.name = name
    thread.stackSize = 8 << 20
    thread.start()
  }

  deinit {
    queue.append(nil)
  }

  /// Runs a body on the thread and hands back what it returns or throws.
  func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
      queue.append { continuation.resume(with: Result { try body() }) }
    }
  }
}
