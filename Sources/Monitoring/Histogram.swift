/// Counts of observations by size.
package struct Histogram: Equatable, Sendable {
  private let bounds: [Double]
  /// Observations above the bound before and up to each bound; the last one counts those above all bounds.
  private var counts: [Int]
  private var sum = 0.0

  /// - Parameter bounds: the upper bounds of the classes, ascending.
  package init(bounds: [Double]) {
    self.bounds = bounds
    counts = Array(repeating: 0, count: bounds.count + 1)
  }

  package mutating func observe(_ value: Double) {
    counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
    sum += value
  }

  package var count: Int { counts.reduce(0, +) }

  /// Adds the observations of another histogram with the same bounds.
  package mutating func add(_ other: Histogram) {
    precondition(other.bounds == bounds, "histograms of different classes")
    for index in counts.indices { counts[index] += other.counts[index] }
    sum += other.sum
  }

  /// The value below which this share of the observations lies, interpolated within its class as Prometheus'
  /// `histogram_quantile` does; nil without observations. Above the last bound, that bound.
  package func quantile(_ share: Double) -> Double? {
    guard count > 0 else { return nil }
    let rank = share * Double(count)
    var seen = 0.0
    for (index, bound) in bounds.enumerated() {
      let below = seen
      seen += Double(counts[index])
      guard seen >= rank, counts[index] > 0 else { continue }
      let lower = index > 0 ? bounds[index - 1] : 0
      return lower + (bound - lower) * (rank - below) / Double(counts[index])
    }
    return bounds.last
  }

  /// The samples of a family of the kind `histogram`.
  package func samples(_ labels: [MetricFamily.Label] = []) -> [MetricFamily.Sample] {
    var samples: [MetricFamily.Sample] = []
    var seen = 0
    for (index, count) in counts.enumerated() {
      seen += count
      let bound = index < bounds.count ? "\(bounds[index])" : "+Inf"
      samples.append(.init(Double(seen), suffix: "_bucket", labels + [.init("le", bound)]))
    }
    samples.append(.init(sum, suffix: "_sum", labels))
    samples.append(.init(Double(seen), suffix: "_count", labels))
    return samples
  }
}
