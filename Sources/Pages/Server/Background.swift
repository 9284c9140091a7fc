/// Values that take long to make: who asks gets the last one that is ready and does not wait for the next.
///
/// At most one is made at a time for each key, and none before the period has passed since the last one. A failure leaves
/// the last value. At most `capacity` values are kept; the oldest go first.
actor Background<Key: Hashable & Sendable, Value: Sendable> {
  private let capacity: Int
  private let period: Duration
  private var ready: [Key: (value: Value, at: ContinuousClock.Instant)] = [:]
  private var making: Set<Key> = []

  init(capacity: Int, period: Duration) {
    self.capacity = max(1, capacity)
    self.period = period
  }

  func value(_ key: Key, make: @escaping @Sendable () async throws -> Value) -> Value? {
    let known = ready[key]
    if known.map({ ContinuousClock.now - $0.at >= period }) ?? true, making.insert(key).inserted {
      Task { keep(key, try? await make()) }
    }
    return known?.value
  }

  private func keep(_ key: Key, _ value: Value?) {
    making.remove(key)
    guard let value else { return }
    if ready[key] == nil, ready.count >= capacity, let oldest = ready.min(by: { $0.value.at < $1.value.at })?.key {
      ready[oldest] = nil
    }
    ready[key] = (value, .now)
  }
}
