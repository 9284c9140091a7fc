/// A worker's reports to the program that runs it, for example for a service manager.
package enum WorkerNotice: Equatable, Sendable {
  /// The worker is registered and may get jobs.
  case ready
  /// One line for the operator: what the worker is doing.
  case status(String)
  /// One line for the operator: why the worker claims no jobs.
  case hindered(String)
  /// A block of work or a turn of the loop is done: the worker is alive.
  case progress
  /// A model is loading, or the worker finishes its current images while draining: both may take a while.
  case busy
  /// No more jobs are claimed.
  case draining
}
