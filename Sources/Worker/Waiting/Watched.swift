import Foundation

/// A locked value whose changes a thread can wait for.
///
/// `@unchecked Sendable`: the fields are touched only while the condition's lock is held.
final class Watched<Value: Sendable>: @unchecked Sendable {
  private let condition = NSCondition()
  private var current: Value
  private var changes = 0

  init(_ value: Value) {
    current = value
  }

  /// The current value.
  var value: Value { snapshot.value }

  /// The current value and the number of changes so far, for ``wait(after:)``.
  var snapshot: (value: Value, changes: Int) {
    condition.lock()
    defer { condition.unlock() }
    return (current, changes)
  }

  /// Runs a body that may change the value, then wakes all waiting threads.
  func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    condition.lock()
    defer {
      changes += 1
      condition.broadcast()
      condition.unlock()
    }
    return try body(&current)
  }

  /// Blocks the thread until `look` finds something: call it on a ``BlockingExecutor``.
  ///
  /// Changes that `look` makes to the value wake no other waiting thread.
  func wait<Result>(until look: (inout Value) -> Result?) -> Result {
    condition.lock()
    defer { condition.unlock() }
    while true {
      if let found = look(&current) { return found }
      condition.wait()
    }
  }

  /// Blocks the thread until the value was changed again after a snapshot: call it on a ``BlockingExecutor``.
  func wait(after seen: Int) {
    condition.lock()
    defer { condition.unlock() }
    while changes == seen { condition.wait() }
  }
}
