/// Growing pauses between attempts, with jitter so that a farm's workers do not all retry at once.
package struct RetryPause: Sendable {
  private let first: Duration
  private let longest: Duration
  private var doublings = 0

  package init(first: Duration = .milliseconds(200), longest: Duration = .seconds(5)) {
    self.first = first
    self.longest = longest
  }

  /// The next pause, random between half and all of a bound that doubles from the first to the longest.
  package mutating func next() -> Duration {
    let bound = min(first * (1 << doublings), longest)
    if bound < longest { doublings += 1 }
    return bound * Double.random(in: 0.5...1)
  }

  package mutating func reset() {
    doublings = 0
  }
}
