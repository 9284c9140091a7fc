import Dispatch
import Engine
import Farm
import Logging
import Synchronization
import TestSupport
import Testing
import Worker

/// Cancelling a worker's task stops it, whatever its threads wait for.
@Suite struct WorkerCancellationTests {
  /// Holds a thread of a worker until it is released.
  private final class Hold: Sendable {
    let released = DispatchSemaphore(value: 0)
  }

  private static func worker(
    _ farm: TestFarm, hold: @escaping @Sendable (WorkPoint) -> Void
  ) throws -> FarmWorker {
    try FarmWorker(
      WorkerOptions(
        name: "cancelled", version: "0", home: farm.home, lease: .seconds(60), modelCache: 1, minimumFreeBytes: 0,
        endsWhenEmpty: false, threads: 1),
      database: farm.database, store: farm.store, compute: Compute(threads: 1),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, hold: hold)
  }

  /// The store is blocked and eight images wait for it, so that the render waits too; then the task is cancelled.
  @Test(.timeLimit(.minutes(10))) func aRenderThatWaitsForTheStoreEnds() async throws {
    try await TestFarm.with { farm in
      let batch = try await farm.enqueue(24, chunk: 24)
      let (store, isFull) = (Hold(), AsyncStream.makeStream(of: Void.self))
      let worker = try Self.worker(farm) { point in
        switch point {
        case .storing(image: 0): store.released.wait()
        // The eight images before it are handed over.
        case .rendered(image: 8): isFull.continuation.finish()
        default: break
        }
      }
      let run = Task { try await worker.run() }
      for await _ in isFull.stream {}
      run.cancel()
      store.released.signal()
      await #expect(throws: CancellationError.self) { try await run.value }
      // The worker handed nothing back, and no stored image is lost.
      let status = try await farm.database.batches.status(batch)
      #expect(status.jobs.running == 1)
      #expect(status.imagesDone <= 1)
    }
  }

  /// A render that is held in the middle of a pass stops after the current step.
  @Test(.timeLimit(.minutes(10))) func aRenderEndsAfterTheStepAtHand() async throws {
    try await TestFarm.with { farm in
      _ = try await farm.enqueue(24, chunk: 24)
      let (step, isHeld) = (Hold(), AsyncStream.makeStream(of: Void.self))
      let later = Atomic<Int>(0)
      let worker = try Self.worker(farm) { point in
        switch point {
        case .step(image: 0, call: 2):
          isHeld.continuation.finish()
          step.released.wait()
        case .step(image: 0, call: 3...), .rendered: later.add(1, ordering: .relaxed)
        default: break
        }
      }
      let run = Task { try await worker.run() }
      for await _ in isHeld.stream {}
      run.cancel()
      step.released.signal()
      await #expect(throws: CancellationError.self) { try await run.value }
      #expect(later.load(ordering: .relaxed) == 0)
    }
  }
}
