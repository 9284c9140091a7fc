import Synchronization

/// A sleep that can be ended early. One task waits at a time; if none waits, a ring ends the next wait at once.
package final class Alarm: Sendable {
  private struct State {
    var isRung = false
    var sleeper: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  package init() {}

  /// Wakes the waiting task, or lets the next wait return at once.
  package func ring() {
    let sleeper = state.withLock { state in
      if state.sleeper == nil { state.isRung = true }
      return state.sleeper.take()
    }
    sleeper?.resume()
  }

  /// Waits until the alarm rings, the time is over or the task is cancelled.
  package func sleep(for duration: Duration) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.wait() }
      group.addTask { try? await Task.sleep(for: duration) }
      await group.next()
      group.cancelAll()
    }
  }

  /// Waits until the alarm rings or the task is cancelled.
  private func wait() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          if state.isRung || Task.isCancelled {
            state.isRung = false
            return true
          }
          state.sleeper = continuation
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.sleeper.take() }?.resume()
    }
  }
}
