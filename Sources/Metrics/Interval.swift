/// A figure with the range that resampling gives it.
package struct Interval: Codable, Hashable, Sendable {
  package let value: Double
  /// The 95 % bootstrap interval.
  package let low: Double
  package let high: Double

  package init(value: Double, low: Double, high: Double) {
    self.value = value
    self.low = low
    self.high = high
  }
}
