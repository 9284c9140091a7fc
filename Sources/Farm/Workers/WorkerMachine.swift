/// The state machine of a worker's registration. It does not access the database.
package struct WorkerMachine: Sendable {
  package enum Event: Hashable, Sendable {
    /// The worker reported that it is alive, and whether it is draining.
    case heartbeat(draining: Bool)
    case leave
    /// The worker was silent for longer than the limit.
    case silence
  }

  package enum Action: Hashable, Sendable {
    /// Commit the machine's new state.
    case commit
    case nothing
    /// The registration has ended: the worker holds no jobs and must register again.
    case registerAgain
  }

  package private(set) var state: WorkerState

  package init(state: WorkerState) {
    self.state = state
  }

  package mutating func handle(_ event: Event) -> Action {
    switch (state, event) {
    case (.active, .heartbeat(let draining)):
      state = draining ? .draining : .active
      return .commit
    case (.draining, .heartbeat):
      // Draining is final: another process may have read the state and relied on it.
      return .commit
    case (.active, .leave), (.draining, .leave):
      state = .gone
      return .commit
    case (.active, .silence), (.draining, .silence):
      state = .lost
      return .commit
    case (.gone, .heartbeat), (.lost, .heartbeat):
      return .registerAgain
    case (.gone, .leave), (.gone, .silence), (.lost, .leave), (.lost, .silence):
      return .nothing
    }
  }
}

/// The state of a worker's registration.
package enum WorkerState: String, CaseIterable, Codable, Hashable, Sendable {
  case active
  /// The worker finishes or returns the jobs it holds and claims no more.
  case draining
  /// The worker deregistered.
  case gone
  /// The worker was silent for too long.
  case lost
}
