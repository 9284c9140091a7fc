import Dispatch

/// The threads on which a program runs tasks that may block anywhere in their own code.
///
/// A sequential program, such as the admin command, sets this as its task executor preference once. Its tasks and their
/// children then run here, each on its own thread while it is blocked, and leave Swift's cooperative pool to the
/// libraries.
package final class BlockingThreads: TaskExecutor {
  package static let shared = BlockingThreads()

  private init() {}

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    // A separate queue always gets a thread, even while all others are blocked.
    DispatchQueue(label: "emofarm.task").async {
      job.runSynchronously(on: self.asUnownedTaskExecutor())
    }
  }
}
