import Files
import Synchronization

/// Lets a few bodies run at the same time; others wait in order, and too many are turned away.
final class AsyncGate: Sendable {
  private struct State {
    var free: Int
    var waiting: [(id: UInt64, continuation: CheckedContinuation<Void, any Error>)] = []
    var last: UInt64 = 0
  }

  private let longestQueue: Int
  private let state: Mutex<State>

  init(width: Int, longestQueue: Int) {
    self.longestQueue = longestQueue
    state = Mutex(State(free: width))
  }

  /// - Throws: ``PageError`` (`busy`) if too many wait, and what the body throws.
  func run<T: Sendable>(_ body: () async throws -> T) async throws -> T {
    try await enter()
    defer { leave() }
    return try await body()
  }

  private func enter() async throws {
    let id = state.withLock { state in
      state.last += 1
      return state.last
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        let result: Result<Void, any Error>? = state.withLock { state in
          if Task.isCancelled { return .failure(CancellationError()) }
          if state.free > 0 {
            state.free -= 1
            return .success(())
          }
          guard state.waiting.count < longestQueue else {
            return .failure(PageError(.busy, "too much is asked at the same time: try again in a moment"))
          }
          state.waiting.append((id, continuation))
          return nil
        }
        if let result { continuation.resume(with: result) }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0).continuation }
      }
      waiter?.resume(throwing: CancellationError())
    }
  }

  private func leave() {
    let next = state.withLock { state -> CheckedContinuation<Void, any Error>? in
      guard !state.waiting.isEmpty else {
        state.free += 1
        return nil
      }
      return state.waiting.removeFirst().continuation
    }
    next?.resume()
  }
}
