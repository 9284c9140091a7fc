/// A figure with its bootstrap interval.
package struct Estimate: Hashable, Sendable {
  package let value: Double
  /// The bounds of the 95 % bootstrap interval; nil for a figure that is not resampled.
  package let low: Double?
  package let high: Double?

  package init(_ value: Double, low: Double? = nil, high: Double? = nil) {
    self.value = value
    self.low = low
    self.high = high
  }

  /// A figure with the percentile interval of its resampled values.
  package init(_ value: Double, resampled: [Double]) {
    let sorted = resampled.filter(\.isFinite).sorted()
    guard let first = sorted.first else {
      self.init(value)
      return
    }
    func quantile(_ share: Double) -> Double {
      let position = share * Double(sorted.count - 1)
      let below = Int(position)
      let above = min(below + 1, sorted.count - 1)
      return sorted[below] + (position - Double(below)) * (sorted[above] - sorted[below])
    }
    self.init(value, low: sorted.count > 1 ? quantile(0.025) : first, high: sorted.count > 1 ? quantile(0.975) : first)
  }
}
