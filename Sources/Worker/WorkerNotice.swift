/// What a worker tells the program around it, for example for a service manager.
package enum WorkerNotice: Equatable, Sendable {
  /// Registered: jobs may come.
  case ready
  /// One line for people: what the worker does now.
  case status(String)
  /// A block of work is done, or the loop went round: the worker is alive.
  case progress
  /// A model is being loaded, or the images in hand are finished before the end: both may take a while.
  case busy
  /// No more jobs are claimed.
  case draining
}
