/// A worker's registration, decided without touching the database.
package struct WorkerMachine: Sendable {
  package enum Event: Hashable, Sendable {
    /// The worker says that it lives, and whether it drains.
    case heartbeat(draining: Bool)
    case leave
    /// Nothing was heard for longer than the limit.
    case silence
  }

  package enum Action: Hashable, Sendable {
    /// Commit the machine's new state.
    case commit
    case nothing
    /// The registration has ended: the worker must register again, and holds nothing.
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
      // Draining has no way back: what looked at the registry may have counted on it.
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
