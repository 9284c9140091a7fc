import Dispatch

/// Runs work that waits in system calls, or computes for a long time, on a thread that may block.
///
/// Swift's cooperative pool has one thread for each core and does not grow: a task that blocks one of them in a file
/// read or a lock starves every other task of the process. Therefore an `async` function never blocks itself; it
/// hands blocking work to this type. Its threads come from Dispatch's overcommitting pool, which starts another thread
/// whenever all of its threads are blocked.
///
/// - ``run(_:)-swift.type.method`` runs one blocking body, independent of all others.
/// - An instance runs bodies one after the other, in the order of submission.
/// - An actor whose methods block takes an instance as its executor. Unlike readiness callbacks into the cooperative
///   pool, this keeps a method free of suspension points, so two tasks on one database connection never interleave
///   half-sent statements.
package final class BlockingExecutor: SerialExecutor {
  private let queue: DispatchQueue

  /// - Parameter label: A name that debuggers show.
  package init(label: String) {
    queue = DispatchQueue(label: label)
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async {
      job.runSynchronously(on: self.asUnownedSerialExecutor())
    }
  }

  package func checkIsolated() {
    dispatchPrecondition(condition: .onQueue(queue))
  }

  /// Runs a body after all earlier ones and returns its result.
  ///
  /// Cancelling the task does not interrupt the body: a body that may block for ever needs its own means of ending.
  package func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Result { try body() }) }
    }
  }

  /// Runs a body that does not wait for other submitted bodies, and returns its result.
  ///
  /// Cancelling the task does not interrupt the body.
  package static func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await BlockingExecutor(label: "emofarm.blocking").run(body)
  }
}
