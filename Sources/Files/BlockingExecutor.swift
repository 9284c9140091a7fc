import Dispatch

/// Runs work that waits in system calls, or computes for long, on a thread that may be blocked.
///
/// Swift's cooperative pool has one thread for each core and does not grow: a task that blocks one of them in a file
/// read or a lock starves every other task of the process. Therefore an `async` function never blocks itself; it
/// hands what blocks to this type. Its threads come from Dispatch's overcommitting pool, which starts another thread
/// whenever all that it has are blocked.
///
/// - ``run(_:)-swift.type.method`` runs one blocking body beside whatever else is blocked.
/// - An instance runs bodies one after the other, in the order in which they were handed in.
/// - An actor whose methods block takes an instance as its executor. Compared with readiness callbacks into the
///   cooperative pool this also keeps one method's steps free of suspension points, so that two tasks on one
///   database connection never interleave half-sent statements.
package final class BlockingExecutor: SerialExecutor {
  private let queue: DispatchQueue

  /// - Parameter label: shown by debuggers.
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

  /// Runs a body after everything that was handed in before, and returns what it returns.
  ///
  /// Cancelling the task does not interrupt the body: a body that may block for ever must offer its own way out.
  package func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Result { try body() }) }
    }
  }

  /// Runs a body that waits for nothing else handed to any executor, and returns what it returns.
  ///
  /// Cancelling the task does not interrupt the body.
  package static func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await BlockingExecutor(label: "emofarm.blocking").run(body)
  }
}
