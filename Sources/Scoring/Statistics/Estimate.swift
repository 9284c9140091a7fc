/// A figure with its interval.
package struct Estimate: Hashable, Sendable {
  package let value: Double
  /// The bounds of the 95 % interval; nil for a figure that has none, such as one of a single image.
  package let low: Double?
  package let high: Double?

  package init(_ value: Double, low: Double? = nil, high: Double? = nil) {
    self.value = value
    self.low = low
    self.high = high
  }

  /// Images below which the share of right ones has Wilson's interval instead of the bootstrap's.
  package static let fewImages = 30

  /// A share with Wilson's score interval, which does not shrink to a point where all or none are counted, as the
  /// bootstrap's does.
  ///
  /// Source: Wilson 1927; Brown, Cai and DasGupta 2001 recommend it for small numbers.
  package init(_ part: Int, of images: Int) {
    let (count, share) = (Double(images), Double(part) / Double(images))
    guard images > 1 else {
      self.init(share)
      return
    }
    let z = 1.959963984540054
    let scale = 1 + z * z / count
    let middle = (share + z * z / (2 * count)) / scale
    let half = z / scale * (share * (1 - share) / count + z * z / (4 * count * count)).squareRoot()
    self.init(share, low: max(0, middle - half), high: min(1, middle + half))
  }

  /// The difference of two shares of independent images, the first minus the second, with Newcombe's interval: it joins the
  /// score intervals of both, so that it is right for few images and for shares near 0 and 1.
  ///
  /// No interval if one of the shares has none. Source: Newcombe 1998, "Interval estimation for the difference between
  /// independent proportions", method 10.
  package init(_ first: Estimate, minus second: Estimate) {
    let difference = first.value - second.value
    guard let low = first.low, let high = first.high, let otherLow = second.low, let otherHigh = second.high else {
      self.init(difference)
      return
    }
    func joined(_ left: Double, _ right: Double) -> Double { (left * left + right * right).squareRoot() }
    self.init(
      difference, low: difference - joined(first.value - low, otherHigh - second.value),
      high: difference + joined(high - first.value, second.value - otherLow))
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
