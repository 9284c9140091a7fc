/// The state machine of a worker's registration. It does not access the database.
package struct WorkerMachine: Sendable {
  package enum Event: Hashable, Sendable {
    /// The worker reported that it is alive, and whether it is draining.
    case heartbeat(draining: Bool)
    /// An operator directs the worker.
    case direct(WorkerDirection)
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
    /// The worker's state does not allow it; the reason follows the worker's name.
    case refuse(String)
  }

  package private(set) var state: WorkerState
  /// What an operator asked.
  package private(set) var request: WorkerRequest.Kind?
  /// Whether the worker claims nothing because of its host.
  package private(set) var isSuspended: Bool

  package init(state: WorkerState, request: WorkerRequest.Kind? = nil, isSuspended: Bool = false) {
    self.state = state
    self.request = request
    self.isSuspended = isSuspended
  }

  package mutating func handle(_ event: Event) -> Action {
    switch (state, event) {
    case (.active, .heartbeat(let draining)):
      state = draining ? .draining : .active
      return .commit
    case (.draining, .heartbeat):
      // Draining is final: another process may have read the state and relied on it.
      return .commit
    case (.active, .direct(let direction)), (.draining, .direct(let direction)):
      return direct(direction)
    case (.active, .leave), (.draining, .leave):
      state = .gone
      return .commit
    case (.active, .silence), (.draining, .silence):
      state = .lost
      return .commit
    case (.gone, .heartbeat), (.lost, .heartbeat):
      return .registerAgain
    case (.gone, .direct), (.lost, .direct):
      return .refuse("has ended: it is \(state.rawValue)")
    case (.gone, .leave), (.gone, .silence), (.lost, .leave), (.lost, .silence):
      return .nothing
    }
  }

  private mutating func direct(_ direction: WorkerDirection) -> Action {
    let isDraining = state == .draining || request == .drain
    switch direction {
    case .drain:
      guard !isDraining else { return .nothing }
      request = .drain
    case .pause:
      guard !isDraining else { return .refuse("drains and will leave") }
      guard request != .pause else { return .nothing }
      request = .pause
    case .resume:
      guard !isDraining else { return .refuse("drains and will leave: start another one") }
      guard request == .pause || isSuspended else { return .refuse("is neither paused nor suspended") }
      request = nil
      isSuspended = false
    }
    return .commit
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
