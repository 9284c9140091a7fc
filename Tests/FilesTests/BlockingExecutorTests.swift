import Files
import Foundation
import Synchronization
import TestSupport
import Testing

/// Blocking work stops neither Swift's cooperative pool nor other blocking work.
struct BlockingExecutorTests {
  /// Far more bodies than the pool has threads wait for the last one to start: each needs a thread of its own.
  @Test(.timeLimit(.minutes(10))) func everyBlockedBodyHasAThread() async throws {
    let count = 8 * ProcessInfo.processInfo.activeProcessorCount + 8
    let barrier = Barrier(count)
    let met = try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<count { group.addTask { try await BlockingExecutor.run { barrier.arriveAndWait() } } }
      return try await group.reduce(0) { sum, _ in sum + 1 }
    }
    #expect(met == count)
  }

  @Test(.timeLimit(.minutes(10))) func tasksOnBlockingThreadsMayBlock() async throws {
    let count = 8 * ProcessInfo.processInfo.activeProcessorCount + 8
    let barrier = Barrier(count)
    await withTaskExecutorPreference(BlockingThreads.shared) {
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<count { group.addTask { barrier.arriveAndWait() } }
      }
    }
    #expect(barrier.arrivals == count)
  }

  @Test func anExecutorKeepsTheOrderAndHandsErrorsBack() async throws {
    struct Refused: Error {}
    let executor = BlockingExecutor(label: "test")
    let seen = Mutex<[Int]>([])
    async let first: Void = executor.run { seen.withLock { $0.append(1) } }
    try await first
    try await executor.run { seen.withLock { $0.append(2) } }
    #expect(seen.withLock { $0 } == [1, 2])
    await #expect(throws: Refused.self) { try await executor.run { throw Refused() } }
  }
}

/// A barrier: no thread passes before all have arrived.
///
/// `@unchecked Sendable`: the count is accessed only under the condition's lock.
private final class Barrier: @unchecked Sendable {
  private let condition = NSCondition()
  private let count: Int
  private var arrived = 0

  init(_ count: Int) { self.count = count }

  var arrivals: Int {
    condition.lock()
    defer { condition.unlock() }
    return arrived
  }

  func arriveAndWait() {
    condition.lock()
    defer { condition.unlock() }
    arrived += 1
    condition.broadcast()
    while arrived < count { condition.wait() }
  }
}
