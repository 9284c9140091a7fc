import Dispatch

/// The threads on which a program runs tasks that may block anywhere in their own code.
///
/// A program that does one thing after another, such as the admin command, sets this as its task executor preference
/// once. Its tasks and their children then run here, each on a thread of its own while it is blocked, and leave
/// Swift's cooperative pool to the libraries.
package final class BlockingThreads: TaskExecutor {
  package static let shared = BlockingThreads()

  private init() {}

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    // A queue of its own always gets a thread, also while all others are blocked.
    DispatchQueue(label: "emofarm.task").async {
      job.runSynchronously(on: self.asUnownedTaskExecutor())
    }
  }
}
