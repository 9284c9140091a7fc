/// Values that many requests share: each is made at most once per period, however many ask for it at the same time.
///
/// A value that is being made is awaited by all who ask. Failures are shared like values, so that a server that is away
/// is asked once per period. At most `capacity` values are kept; the oldest go first.
actor Shared<Key: Hashable & Sendable, Value: Sendable> {
  private struct Entry {
    let task: Task<Value, any Error>
    let started: ContinuousClock.Instant
  }

  private let capacity: Int
  private let period: Duration
  private var entries: [Key: Entry] = [:]

  init(capacity: Int, period: Duration) {
    self.capacity = max(1, capacity)
    self.period = period
  }

  func value(_ key: Key, make: @escaping @Sendable () async throws -> Value) async throws -> Value {
    let now = ContinuousClock.now
    if let entry = entries[key], now - entry.started < period { return try await entry.task.value }
    if entries[key] == nil, entries.count >= capacity,
      let oldest = entries.min(by: { $0.value.started < $1.value.started })?.key
    {
      entries[oldest] = nil
    }
    // Not a child of the request: others may wait for it when that one's client has gone.
    let task = Task { try await make() }
    entries[key] = Entry(task: task, started: now)
    return try await task.value
  }

  /// Has a value made again when it is asked for next: something changed it.
  func forget(_ key: Key) {
    entries[key] = nil
  }
}
