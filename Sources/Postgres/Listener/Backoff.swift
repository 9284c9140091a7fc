/// Growing pauses between attempts, with jitter so that a farm does not return all at once.
struct Backoff {
  private var attempt = 0
  private static let first = 100
  private static let longest = 10_000

  /// The next pause: between half and all of 100 ms, 200 ms, … 10 s.
  mutating func next() -> Duration {
    let bound = min(Self.longest, Self.first << min(attempt, 10))
    attempt += 1
    return .milliseconds(Int.random(in: (bound / 2)...bound))
  }

  mutating func reset() {
    attempt = 0
  }
}
