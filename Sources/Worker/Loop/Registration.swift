import Engine
import Farm
import Files
import Foundation
import Logging
import Synchronization

/// The worker's row in the registry, updated wherever the worker makes progress.
final class Registration: Sendable {
  private struct State {
    var worker: WorkerKey
    var isDraining = false
    var last: ContinuousClock.Instant
    /// What the job in hand waits for.
    var note: String?
    /// The registration that the farm knows to be suspended.
    var suspended: WorkerKey?
    /// What an operator asked last.
    var request: WorkerRequest?
  }

  private let database: FarmDatabase
  private let line: ServerLine
  private let logger: Logger
  private let enroll: @Sendable (WorkerRequest?) async throws -> WorkerKey
  /// Called with what an operator asks, each time the farm was asked.
  private let obey: @Sendable (WorkerRequest?) -> Void
  /// Maximum interval between reports while there is progress.
  private let interval: Duration
  private let store: ArtifactStore
  private let home: String
  private let state: Mutex<State>

  /// Registers, and waits for the server if necessary.
  ///
  /// - Parameter obey: called with what an operator asks of the worker, after each report; nil if nothing.
  init(
    _ options: WorkerOptions, compute: Compute, database: FarmDatabase, store: ArtifactStore, line: ServerLine,
    logger: Logger, obey: @escaping @Sendable (WorkerRequest?) -> Void
  ) async throws {
    self.database = database
    self.line = line
    self.logger = logger
    let (kind, precisions) = (compute.kind.description, compute.precisions)
    enroll = { request in
      try await database.workers.register(
        host: options.name, pid: Int(ProcessInfo.processInfo.processIdentifier), engine: kind,
        version: options.version, threads: options.threads, precisions: precisions, labels: options.labels,
        request: request)
    }
    self.obey = obey
    interval = min(options.lease / 4, .seconds(5))
    self.store = store
    home = options.home
    let enroll = enroll
    state = Mutex(State(worker: try await line.persist { try await enroll(nil) }, last: .now))
  }

  var worker: WorkerKey { state.withLock { $0.worker } }

  func drain() {
    state.withLock { state in
      state.isDraining = true
      // The next progress updates the registry.
      state.last -= interval
    }
  }

  /// Reports that the worker is alive and what it is doing, and obeys the operator; registers again if the farm considered
  /// it lost.
  ///
  /// - Parameter note: a message for the operator, such as why nothing is claimed.
  /// - Returns: what the farm says; nil if it could not be asked.
  @discardableResult
  func heartbeat(job: Int64? = nil, note: String? = nil) async -> WorkerOrders? {
    let current = state.withLock { state in
      state.last = .now
      return state
    }
    let free = await store.freeBytesIfKnown(home: home)
    do {
      // Twice optional: nil if the server is away, .some(nil) if the registration has ended.
      let answer = try await line.attempt { [database] in
        try await database.workers.heartbeat(
          current.worker, draining: current.isDraining, job: job, freeBytes: free, note: note ?? current.note)
      }
      guard let answer else { return nil }
      if let orders = answer {
        heard(orders)
        return orders
      }
      guard !current.isDraining else { return nil }
      let enroll = enroll
      // The process is the one that the operator meant.
      guard let worker = try await line.attempt({ try await enroll(current.request) }) else { return nil }
      state.withLock { $0.worker = worker }
      logger.notice("registered again: the farm had considered this worker lost", metadata: ["worker": "\(worker)"])
    } catch {
      logger.warning("the worker could not report that it is alive", metadata: ["error": "\(error)"])
    }
    return nil
  }

  /// Asks what operators want of this worker, without a report.
  func look() async {
    let worker = worker
    do {
      let orders = try await line.attempt { [database] in try await database.workers.orders(worker) }
      if let orders = orders.flatMap({ $0 }) { heard(orders) }
    } catch {
      logger.warning("the worker could not ask what operators want of it", metadata: ["error": "\(error)"])
    }
  }

  private func heard(_ orders: WorkerOrders) {
    state.withLock { $0.request = orders.request }
    obey(orders.request)
  }

  /// Sets what the job in hand waits for, for the next heartbeats; nil if it goes on.
  func say(_ note: String?) {
    state.withLock { $0.note = note }
  }

  /// As above while a job runs, if the last report is old enough.
  func heartbeatIfDue(job: Int64, note: String? = nil) async {
    guard state.withLock({ ContinuousClock.now - $0.last >= interval }) else { return }
    await heartbeat(job: job, note: note)
  }

  /// Records that the worker claims nothing because of its host, as soon as the server is reachable.
  ///
  /// - Returns: false if an operator has resumed the worker since it was recorded.
  func holdsSuspension(_ reason: String) async -> Bool {
    let orders = await heartbeat(note: reason)
    let (worker, suspended) = state.withLock { ($0.worker, $0.suspended) }
    if worker == suspended { return orders?.isSuspended ?? true }
    do {
      let done: Void? = try await line.attempt { [database] in
        try await database.workers.suspend(worker, reason: reason)
      }
      if done != nil { state.withLock { $0.suspended = worker } }
    } catch {
      logger.warning("the suspension could not be recorded", metadata: ["error": "\(error)"])
    }
    return true
  }

  /// The host is repaired, or an operator said so, who has ended the suspension already.
  func endSuspension() async {
    guard let worker = state.withLock({ $0.suspended.take() }) else { return }
    do {
      _ = try await line.attempt { [database] in try await database.workers.endSuspension(worker) }
    } catch {
      logger.warning("the end of the suspension could not be recorded", metadata: ["error": "\(error)"])
    }
  }

  /// Deregisters, if the server is reachable.
  func leave() async {
    let worker = worker
    do {
      _ = try await line.attempt { [database] in try await database.workers.leave(worker) }
    } catch {
      logger.warning("the worker could not deregister", metadata: ["error": "\(error)"])
    }
  }
}

extension ArtifactStore {
  /// Why nothing may be stored now; nil if the store is the farm's.
  func refusal() async -> String? {
    do {
      try await BlockingExecutor.run { try checkOwner() }
      return nil
    } catch {
      return "\(error)"
    }
  }

  /// Bytes available to this user on the store's volume, or on the data folder's if the store has no such limit; nil if
  /// the volume does not report a number.
  func freeBytesIfKnown(home: String) async -> Int64? {
    try? await BlockingExecutor.run { try freeBytes() ?? Folder.freeBytes(at: home) }
  }
}
