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
