import Dispatch

/// A serial executor of its own for actors whose work waits in system calls.
///
/// An actor on it may block: its jobs run on a thread of Dispatch's overcommitting pool, which grows, and never on
/// Swift's cooperative pool, which does not and would starve every other task of the process. Compared with
/// readiness callbacks into the cooperative pool this also keeps one statement's steps free of suspension points,
/// so that two tasks on one connection can never interleave half-sent statements.
final class BlockingExecutor: SerialExecutor {
  private let queue: DispatchQueue

  init(label: String) {
    queue = DispatchQueue(label: label)
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async {
      job.runSynchronously(on: self.asUnownedSerialExecutor())
    }
  }

  func checkIsolated() {
    dispatchPrecondition(condition: .onQueue(queue))
  }
}
