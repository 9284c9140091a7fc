/// Growing pauses between attempts, with jitter so that a farm does not return all at once.
package struct RetryPause: Sendable {
  private let first: Duration
  private let longest: Duration
  private var doublings = 0

  package init(first: Duration = .milliseconds(200), longest: Duration = .seconds(5)) {
    self.first = first
    self.longest = longest
  }

  /// The next pause: between half and all of the first, twice the first, … the longest.
  package mutating func next() -> Duration {
    let bound = min(first * (1 << doublings), longest)
    if bound < longest { doublings += 1 }
    return bound * Double.random(in: 0.5...1)
  }

  package mutating func reset() {
    doublings = 0
  }
}
